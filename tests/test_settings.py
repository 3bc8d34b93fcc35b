# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings: kept under GeoSift's node, shown in QGIS's options, and honoured by runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import networks
import pytest
from plugin_helpers import patchwork, write_raster
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsSettings
from qgis.PyQt.QtCore import QSettings, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QKeySequenceEdit

from geosift.inference.errors import MissingDependency
from geosift.inference.network.machine import PROCESSOR, Machine, use
from geosift.plugin import settings
from geosift.plugin.models import catalog
from geosift.plugin.options import OptionsFactory
from geosift.plugin.widgets.model_combo import ModelCombo
from geosift.plugin.widgets.settings_page import SettingsPage

KEYS = Qt.Key


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Settings as they come, before and after each test."""
    QgsSettings().remove(settings.NODE)
    yield
    QgsSettings().remove(settings.NODE)
    use(settings.machine())


def stored() -> dict[str, str]:
    """GeoSift's own settings as they lie in the profile's file."""
    everything = QSettings(QgsSettings().fileName(), QSettings.Format.IniFormat)
    QgsSettings().sync()
    everything.sync()
    return {
        key: str(everything.value(key))
        for key in everything.allKeys()
        if "geosift" in key.lower() and not key.startswith("PythonPlugins")
    }


def test_without_settings_the_profile_decides() -> None:
    assert settings.threads() is None
    assert settings.model_folder() == settings.default_model_folder()
    assert Path(QgsApplication.qgisSettingsDirPath()) in settings.model_folder().parents
    assert stored() == {}


@pytest.mark.parametrize("damaged", ["-3", "many", "", "0", "2.5"])
def test_damaged_settings_count_as_none(damaged: str) -> None:
    QgsSettings().setValue(f"{settings.NODE}/threads", damaged)
    QgsSettings().setValue(f"{settings.NODE}/prompt_cache_mb", damaged)
    QgsSettings().setValue(f"{settings.NODE}/memory_mb", damaged)
    assert settings.threads() is None
    assert settings.machine() == Machine()
    assert settings.prompt_cache_mb() == settings.DEFAULT_PROMPT_CACHE_MB


def test_page_keeps_only_what_is_applied(qgis_app, tmp_path: Path) -> None:
    calls: list[str] = []
    factory = OptionsFactory(lambda: calls.append("applied"))
    page = factory.createWidget(None)
    assert isinstance(page, SettingsPage)
    assert str(os.cpu_count()) in page.threads.text(), "the default says what it comes to"
    page.threads.setValue(3)
    page.models.setFilePath(str(tmp_path))
    page.cache.setValue(1000)
    page.memory.setValue(700)
    assert (stored(), calls) == ({}, [])
    page.apply()
    assert calls == ["applied"]
    assert stored() == {
        "plugins/geosift/threads": "3",
        "plugins/geosift/model_folder": str(tmp_path),
        "plugins/geosift/prompt_cache_mb": "1000",
        "plugins/geosift/memory_mb": "700",
    }
    again = SettingsPage(None, applied=lambda: None)
    assert (again.threads.value(), again.models.filePath()) == (3, str(tmp_path))
    assert again.memory.value() == 700
    again.threads.setValue(0)
    again.memory.setValue(0)
    again.models.setFilePath("")
    assert again.cache.value() == 1000
    again.cache.setValue(settings.DEFAULT_PROMPT_CACHE_MB)
    again.apply()
    assert stored() == {}


def test_every_field_has_a_tool_tip_and_a_name(qgis_app) -> None:
    page = SettingsPage(None, applied=lambda: None)
    fields = (
        page.threads, page.memory, page.engine, page.models, page.cache, page.packages,
        page.keys.usual, *page.keys.fields.values(),
    )  # fmt: skip
    for field in fields:
        assert field.toolTip()


def test_keys_are_the_users_choice(qgis_app) -> None:
    page = SettingsPage(None, applied=lambda: None)
    keep, clear = page.keys.fields["accept"], page.keys.fields["clear"]
    assert (keep.keySequence().toString(), clear.keySequence().toString()) == ("S", "C")
    type_key(keep, KEYS.Key_K, Qt.KeyboardModifier.ControlModifier)
    type_key(clear, KEYS.Key_F5)
    assert stored() == {}
    page.apply()
    assert stored() == {
        "plugins/geosift/prompt_keys/accept": "Ctrl+K",
        "plugins/geosift/prompt_keys/clear": "F5",
    }
    again = SettingsPage(None, applied=lambda: None)
    assert again.keys.fields["accept"].keySequence().toString() == "Ctrl+K"
    again.keys.usual.click()
    again.apply()
    assert stored() == {}


@pytest.mark.parametrize("taken", [KEYS.Key_C, KEYS.Key_Space, KEYS.Key_Return, KEYS.Key_Escape])
def test_a_key_with_a_meaning_is_not_given_another(qgis_app, taken: Qt.Key) -> None:
    page = SettingsPage(None, applied=lambda: None)
    type_key(page.keys.fields["accept"], taken)
    assert page.keys.fields["accept"].keySequence().toString() == "S"
    assert page.keys.trouble.text().endswith("has a meaning already: choose another key.")
    page.apply()
    assert stored() == {}


def test_an_emptied_field_is_the_usual_key_again(qgis_app) -> None:
    settings.set_prompt_key("accept", "K")
    page = SettingsPage(None, applied=lambda: None)
    page.keys.fields["accept"].clear()
    page.apply()
    assert stored() == {}


@pytest.mark.parametrize("damaged", ["", "no such key", "Ctrl+", 7])
def test_a_damaged_key_keeps_the_page_usable(qgis_app, damaged: object) -> None:
    QgsSettings().setValue(f"{settings.NODE}/prompt_keys/accept", damaged)
    SettingsPage(None, applied=lambda: None).apply()


def test_engines_are_those_of_onnxruntime_and_the_chosen_one(
    qgis_app, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "geosift.inference.network.onnx_file.onnxruntime.get_available_providers",
        lambda: ["AzureExecutionProvider", "OpenVINOExecutionProvider", PROCESSOR],
    )
    settings.set_engine("DmlExecutionProvider")
    page = SettingsPage(None, applied=lambda: None)
    assert page.engine.count() == 1, "onnxruntime is not loaded before somebody looks"
    page.show()
    names = [page.engine.itemText(index) for index in range(page.engine.count())]
    assert names == ["Processor", "OpenVINO", "DirectML"]
    assert page.engine.value() == "DmlExecutionProvider"
    page.engine.setCurrentIndex(1)
    page.apply()
    assert stored() == {"plugins/geosift/engine": "OpenVINOExecutionProvider"}
    page.engine.setCurrentIndex(0)
    page.apply()
    assert stored() == {}
    page.close()


def test_without_onnxruntime_the_processor_is_offered(
    qgis_app, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> tuple[str, ...]:
        raise MissingDependency("no onnxruntime")

    monkeypatch.setattr("geosift.plugin.widgets.engine_combo.offered", missing)
    page = SettingsPage(None, applied=lambda: None)
    page.show()
    assert (page.engine.count(), page.engine.value()) == (1, PROCESSOR)
    page.close()


def type_key(
    field: QKeySequenceEdit,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press a key in the field, and leave it."""
    QTest.keyClick(field, key, modifier)
    field.editingFinished.emit()


def test_models_are_found_in_the_chosen_folder(qgis_app, tmp_path: Path) -> None:
    card = networks.smooth(tmp_path, tile=64, halo=16, ring=8, fade=8)
    combo = ModelCombo()
    before = combo.combo.count()
    assert card.id not in {each.id for each in catalog().cards()}
    settings.set_model_folder(str(tmp_path))
    assert catalog().find(card.id).path == card.path
    combo.set_value("landcover")
    combo.refill()
    assert combo.combo.count() == before + 1
    assert combo.value() == "landcover", "what was chosen stays"


def segment(tmp_path: Path, **own: int) -> tuple[dict[str, object], bool, str]:
    """A run of the sample of patches: results, whether it went well, and the log."""
    scene = write_raster(tmp_path / "in.tif", patchwork(96, 96))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geosift:segment")
    parameters = {"INPUT": str(scene), "OUTPUT": str(tmp_path / "out.tif"), **own}
    feedback = QgsProcessingFeedback()
    answers, fine = algorithm.run(parameters, QgsProcessingContext(), feedback)
    return answers, fine, feedback.textLog()


def test_runs_keep_to_the_memory_limit(provider: None, tmp_path: Path) -> None:
    """The tests of test_memory.py measure; here the setting arrives."""
    settings.set_memory_mb(230)
    answers, fine, _log = segment(tmp_path, THREADS=16)
    assert fine
    workers = int(re.search(r"(\d+) worker", answers["ENGINE"])[1])
    assert 1 <= workers < 16
    settings.set_memory_mb(50)
    _answers, fine, log = segment(tmp_path)
    assert not fine
    assert "the memory limit is 50 MB; allow more in GeoSift's settings" in log


def test_runs_say_which_engine_could_not(provider: None, tmp_path: Path) -> None:
    settings.set_engine("CoreMLExecutionProvider")
    answers, fine, log = segment(tmp_path)
    assert fine
    assert answers["ENGINE"].startswith("CPU, ")
    assert "Core ML cannot run the network" in log


@pytest.mark.parametrize(("own", "expected"), [({}, 3), ({"THREADS": 1}, 1)])
def test_runs_take_as_many_workers_as_set(
    provider: None, own: dict[str, int], expected: int, tmp_path: Path
) -> None:
    settings.set_threads(3)
    answers, fine, _log = segment(tmp_path, **own)
    assert fine
    assert f"{expected} worker" in answers["ENGINE"]
