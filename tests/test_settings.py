# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings: kept under GeoSift's node, shown in QGIS's options, and honoured by runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import networks
import pytest
from plugin_helpers import patchwork, write_raster
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsSettings
from qgis.PyQt.QtCore import QSettings, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QKeySequenceEdit

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
    assert settings.threads() is None
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
    assert (stored(), calls) == ({}, [])
    page.apply()
    assert calls == ["applied"]
    assert stored() == {
        "plugins/geosift/threads": "3",
        "plugins/geosift/model_folder": str(tmp_path),
        "plugins/geosift/prompt_cache_mb": "1000",
    }
    again = SettingsPage(None, applied=lambda: None)
    assert (again.threads.value(), again.models.filePath()) == (3, str(tmp_path))
    again.threads.setValue(0)
    again.models.setFilePath("")
    assert again.cache.value() == 1000
    again.cache.setValue(settings.DEFAULT_PROMPT_CACHE_MB)
    again.apply()
    assert stored() == {}


def test_every_field_has_a_tool_tip_and_a_name(qgis_app) -> None:
    page = SettingsPage(None, applied=lambda: None)
    for field in (page.threads, page.models, page.cache, page.packages):
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


@pytest.mark.parametrize(("own", "expected"), [({}, 3), ({"THREADS": 1}, 1)])
def test_runs_take_as_many_workers_as_set(
    provider: None, own: dict[str, int], expected: int, tmp_path: Path
) -> None:
    settings.set_threads(3)
    scene = write_raster(tmp_path / "in.tif", patchwork(96, 96))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geosift:segment")
    parameters = {"INPUT": str(scene), "OUTPUT": str(tmp_path / "out.tif"), **own}
    answers, fine = algorithm.run(parameters, QgsProcessingContext(), QgsProcessingFeedback())
    assert fine
    assert f"{expected} worker" in answers["ENGINE"]
