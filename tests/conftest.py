# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures every test may use. pytest-qgis gives QGIS a profile of its own in .qgis-settings."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from real_data import REPOSITORY, data_folder

if TYPE_CHECKING:
    from postgres_server import Server
    from prompt_hand import Hand

    from geosift.inference.cards.card import ModelCard

settings.register_profile(
    "others",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("same", settings.get_profile("others"), derandomize=True, database=None)
# Cases of laws are the same ones on every computer, so that a change is red for what it changed.
# `pytest --hypothesis-profile=others` tries new ones each time.
settings.load_profile("same")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background deaf to Control-C, and what the tests start, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without real data there is no test about real data: none, and not one that is skipped."""
    items[:] = [
        item
        for item in items
        if not any(
            "empty parameter set" in mark.kwargs.get("reason", "")
            for mark in item.iter_markers("skip")
        )
    ]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository, which is the plugin package."""
    return REPOSITORY


@pytest.fixture(scope="session")
def data_rasters() -> Path | None:
    """The folder of real rasters, None where there is none (see real_data.py)."""
    folder = data_folder()
    return None if folder is None else folder / "rasters"


@pytest.fixture(scope="session")
def plain_environment() -> Mapping[str, str]:
    """The environment of a Python that can import `geosift`, without QGIS's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QGIS")}
    return {**kept, "PYTHONPATH": str(REPOSITORY / "build" / "plugins")}


@pytest.fixture
def qgis_process(tmp_path: Path) -> list[str]:
    """The start of a command line that runs qgis_process in a profile of this test's own."""
    return [
        "env",
        f"GEOSIFT_PROFILE={tmp_path / 'profile'}",
        str(REPOSITORY / "scripts/qgis-process.sh"),
    ]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """A network of small tiles that overlap and blend; a file may have a card of its own."""
    import networks  # it needs onnx, which the tests of the plugin alone do not

    folder = tmp_path_factory.mktemp("network")
    return networks.smooth(folder, tile=64, halo=16, ring=8, fade=8)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 x 170 pixels in three bands: a few tiles of `card`."""
    from made_rasters import patches, write

    return write(tmp_path_factory.mktemp("source") / "in.tif", patches(3, 150, 170))


@pytest.fixture(scope="module")
def provider(qgis_processing: None) -> Iterator[None]:
    """GeoSift's algorithms in Processing, taken out again whatever happens."""
    import geosift

    plugin = geosift.classFactory(None)
    plugin.initProcessing()
    yield
    plugin.unload()
    gc.collect()


@pytest.fixture
def own(qgis_app: object, tmp_path: Path) -> Iterator[Path]:
    """The user's folder of models, which need not exist; GeoSift's settings are as new after it."""
    from qgis.core import QgsSettings

    from geosift.plugin import settings

    folder = tmp_path / "own models"
    settings.set_model_folder(str(folder))
    yield folder
    QgsSettings().remove(settings.NODE)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server with pgvector, running when a test begins; what a test leaves in it stays."""
    import postgres_server  # its programs are not made for every machine

    if postgres_server.programs() is None:
        pytest.skip("pgserver is not made for this machine")
    with postgres_server.server() as made:
        yield made


@pytest.fixture(scope="module")
def prompt_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A promptable network that finds what has the colour one points at."""
    import prompt_networks  # it needs onnx, see above

    return str(prompt_networks.same_colour(tmp_path_factory.mktemp("pair")).path)


@pytest.fixture
def hand(qgis_new_project: None, tmp_path: Path, prompt_model: str) -> Iterator[Hand]:
    """The tool that cuts out what one points at, on a scene of known shapes."""
    from dock_helpers import Interface
    from plugin_helpers import add_raster
    from prompt_hand import hand_on, write_scene

    with hand_on(Interface(), add_raster(write_scene(tmp_path)), prompt_model) as made:
        yield made
