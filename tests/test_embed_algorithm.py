# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:embed`: from layers, files and scripts into an index that grows; and clear refusals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import exported_networks as made
import numpy as np
import processing
import pytest
import rasterio
from embedded import content, embed
from made_rasters import CORNER, UTM, patches, write
from plugin_helpers import Listener, add_raster, polygon_layer
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProject,
    QgsRasterLayer,
    QgsRasterRange,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QWidget
from rasterio.transform import from_origin
from rasterio.warp import transform
from running import is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding.index import Index
from geosift.plugin import dependencies, settings
from geosift.plugin.results.load_results import load_results

ID = "geosift:embed"
WEST, NORTH = CORNER
HEIGHT, WIDTH = 120, 170

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """Its vector of a patch of 32 pixels is the mean colour."""
    return made.features(tmp_path_factory.mktemp("model"), blend=(0, 0, 0))


@pytest.fixture
def scenes(tmp_path: Path) -> tuple[Path, Path]:
    """One in UTM, and one beside it in degrees."""
    first = write(tmp_path / "first.tif", np.maximum(patches(3, HEIGHT, WIDTH), 1))
    (east,), (south,) = transform(UTM, "EPSG:4326", [WEST + WIDTH], [NORTH])
    pixels = np.maximum(patches(3, 90, 100, seed=5), 1)
    degrees = from_origin(east, south, 1.5e-5, 1e-5)
    return first, write(tmp_path / "second.tif", pixels, crs="EPSG:4326", transform=degrees)


@pytest.fixture
def run(tmp_path: Path, model: ModelCard) -> Any:
    """Runs the algorithm with the small network into the folder `index`."""

    def go(*rasters: object, **parameters: Any) -> dict[str, Any]:
        given = {
            "INPUTS": [each if isinstance(each, QgsRasterLayer) else str(each) for each in rasters],
            "MODEL": made.described(model),
            "INDEX": str(tmp_path / "index"),
        }
        return processing.run(ID, {**given, **parameters})

    return go


def middles(folder: Path) -> np.ndarray:
    """(2, rows) longitudes and latitudes."""
    return Index.open(folder).middles


def test_the_index_is_the_engines(run, scenes, model, tmp_path: Path) -> None:
    told = run(*scenes)
    embed(tmp_path / "expected", model, *scenes)
    expected = content(tmp_path / "expected")
    assert content(tmp_path / "index") == expected
    assert told["ADDED"] == told["TOTAL"] == len(expected)
    assert (told["DONE"], told["SKIPPED"], told["CHANGED"], told["FAILED"]) == (2, 0, 0, 0)
    assert told["ENGINE"].startswith("CPU, ")
    layer = QgsVectorLayer(told["PATCHES"], "patches", "ogr")
    assert layer.featureCount() == len(expected)


def test_it_grows_by_layers_files_and_names_of_gdal(run, scenes, tmp_path: Path) -> None:
    """Each raster once, however it is called."""
    first, second = scenes
    archive = tmp_path / "more.zip"
    third = write(tmp_path / "third.tif", np.maximum(patches(3, 60, 60, seed=9), 1))
    subprocess.run(["python3", "-m", "zipfile", "-c", archive, third], check=True)
    assert run(add_raster(first, "a layer"))["DONE"] == 1
    told = run("a layer", str(first), second, f"/vsizip/{archive}/third.tif")
    assert (told["DONE"], told["SKIPPED"]) == (2, 1)
    assert run(*scenes)["ADDED"] == 0
    sources = [Path(each.file.path).name for each in Index.open(tmp_path / "index").info.sources]
    assert sources == ["first.tif", "second.tif", "third.tif"]


def test_a_part_may_be_told_in_any_crs(run, scenes, tmp_path: Path) -> None:
    """Of all rasters: a patch counts by its middle. An extent alone is in the first one's CRS."""
    run(*scenes, INDEX=str(tmp_path / "all"), STEP=8)
    lon, lat = middles(tmp_path / "all")
    (west, east), (south, north) = np.quantile(lon, (0.3, 0.8)), np.quantile(lat, (0.2, 0.7))

    def inside(pixels: float) -> int:
        """How many lie in the extent with so many pixels around it."""
        by = pixels * 1.5e-5
        across = (lon > west - by) & (lon < east + by)
        return int((across & (lat > south - by) & (lat < north + by)).sum())

    run(*scenes, EXTENT=f"{west},{east},{south},{north} [EPSG:4326]", STEP=8)
    assert 50 < inside(-1.5) <= middles(tmp_path / "index").shape[1] <= inside(3.0)
    mask = polygon_layer(QgsRectangle(west, south, east, north), crs="EPSG:4326")
    run(*scenes, MASK=mask, INDEX=str(tmp_path / "masked"), STEP=8)
    assert inside(-1.5) <= middles(tmp_path / "masked").shape[1] <= inside(1.5)
    plain = f"{WEST},{WEST + 80},{NORTH - 60},{NORTH}"
    told = run(scenes[0], EXTENT=plain, INDEX=str(tmp_path / "plain"), STEP=8)
    assert told["ADDED"] == 8 * 6, "middles at 16, 24, ... 72 and 16, ... 56"


def test_what_does_not_touch_the_part_is_told_and_left_out(run, scenes, tmp_path: Path) -> None:
    listener = Listener()
    corner = QgsRectangle(WEST, NORTH - 60, WEST + 60, NORTH)
    given = {
        "INPUTS": list(map(str, scenes)), "INDEX": str(tmp_path / "index"),
        "MASK": polygon_layer(corner, crs=UTM),
    }  # fmt: skip
    told = processing.run(ID, given, feedback=listener)
    assert (told["DONE"], told["FAILED"]) == (1, 1)
    (warning,) = listener.warned
    assert "second.tif" in warning and is_one_sentence(warning)


def test_what_is_not_said_is_as_in_the_index(run, scenes, own: Path, tmp_path: Path) -> None:
    """Also the model, which is found among those that are installed."""
    own.mkdir()
    mine = made.features(own, name="mine", blend=(0, 0, 0))
    made.described(mine)
    first, second = scenes
    run(first, MODEL="mine", STEP=10, BANDS="3;2;1", RESOLUTION=1.5)
    run(second, MODEL="")
    index = Index.open(tmp_path / "index")
    assert (index.making.model, index.making.step, index.making.bands) == ("mine", 10, (3, 2, 1))
    assert index.making.resolution == 1.5
    assert len(index.info.sources) == 2
    new = processing.run(ID, {"INPUTS": [str(first)], "INDEX": str(tmp_path / "new")})
    assert Index.open(Path(new["INDEX"])).making.model == "features", "the one GeoSift brings"


def test_bands_may_be_a_list(run, scenes, tmp_path: Path) -> None:
    run(scenes[0], BANDS=[2, 1, 3])
    assert Index.open(tmp_path / "index").making.bands == (2, 1, 3)


def test_cancelled_it_keeps_what_there_is_and_goes_on(run, scenes, model, tmp_path: Path) -> None:
    given = {
        "INPUTS": list(map(str, scenes)), "MODEL": made.described(model), "STEP": 4,
        "INDEX": str(tmp_path / "index"),
    }  # fmt: skip
    with pytest.raises(QgsProcessingException, match="stays in the index"):
        processing.run(ID, given, feedback=Listener(cancel_at=60))
    kept = Index.open(tmp_path / "index").info.rows
    assert kept > 0
    told = run(*scenes, STEP=4)
    assert told["TOTAL"] == kept + told["ADDED"]
    embed(tmp_path / "expected", model, *scenes, step=4)
    assert content(tmp_path / "index") == content(tmp_path / "expected")


def test_rasters_are_renewed_and_dropped(run, scenes, tmp_path: Path) -> None:
    first, second = scenes
    run(*scenes)
    write(first, np.maximum(patches(3, HEIGHT, WIDTH, seed=8), 1))
    assert run(first)["CHANGED"] == 1
    told = run(first, RENEW=True)
    assert (told["DONE"], told["CHANGED"]) == (1, 0)
    second.unlink()
    told = run(DROP=str(second))
    assert (told["ADDED"], told["ENGINE"][:3]) == (0, "CPU")
    sources = Index.open(tmp_path / "index").info.sources
    assert [Path(each.file.path).name for each in sources] == ["first.tif"]
    assert told["TOTAL"] == sources[0].patches


def test_rasters_are_dropped_by_name(run, scenes, tmp_path: Path) -> None:
    run(*scenes)
    run(DROP="second.tif; first.tif")
    assert Index.open(tmp_path / "index").info.sources == ()


def test_the_patches_come_to_the_map(run, scenes, qgis_new_project: None) -> None:
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    given = {"INPUTS": list(map(str, scenes)), "INDEX": "TEMPORARY_OUTPUT"}
    told = processing.run(ID, {**given, "LOAD": True}, context=context)
    (layer,), trouble = load_results(context, Listener())
    assert not trouble
    assert layer.featureCount() == told["TOTAL"] > 0
    assert layer.readOnly(), "it is the index's"
    assert layer.name().endswith(", patches")
    assert layer.renderer().symbol().symbolLayer(0).brushStyle() == 0
    assert QgsProject.instance().layerTreeRoot().findGroup("GeoSift").findLayer(layer.id())


def test_without_a_project_nothing_is_loaded(run, scenes) -> None:
    context = QgsProcessingContext()
    given = {"INPUTS": [str(scenes[0])], "INDEX": "TEMPORARY_OUTPUT", "LOAD": True}
    listener = Listener()
    processing.run(ID, given, context=context, feedback=listener)
    assert not context.layersToLoadOnCompletion()
    assert any("temporary folder" in said for said in listener.said), "so that nobody loses it"


def test_geoparquet_there_and_back(run, scenes, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    file = tmp_path / "index.parquet"
    told = run(*scenes, EXPORT=str(file))
    assert told["EXPORT"] == str(file)
    again = run(IMPORT=str(file), INDEX=str(tmp_path / "again"))
    assert again["TOTAL"] == told["TOTAL"]
    assert content(tmp_path / "again") == content(tmp_path / "index")


def test_without_pyarrow_it_is_said_before_the_run(run, scenes, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(dependencies, "place", lambda package: None)
    for parameters in ({"EXPORT": str(tmp_path / "a.parquet")}, {"IMPORT": "b.parquet"}):
        with pytest.raises(
            QgsProcessingException, match="needs the Python package pyarrow"
        ) as told:
            run(scenes[0], **parameters)
        assert "pip install" in str(told.value)
    assert not (tmp_path / "index").exists()


def test_a_layer_that_is_no_file_is_refused(run, scenes, tmp_path: Path) -> None:
    """An index asks for its rasters again, without QGIS."""
    changed = QgsRasterLayer(str(scenes[0]), "changed")
    changed.dataProvider().setUserNoDataValue(1, [QgsRasterRange(7, 7)])
    moved = QgsRasterLayer(str(scenes[0]), "moved")
    moved.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    server = QgsRasterLayer("type=xyz&url=http://localhost/{z}/{x}/{y}.png&zmax=3", "s", "wms")
    for layer in (changed, moved, server):
        with pytest.raises(QgsProcessingException, match="is not a file as QGIS shows it"):
            run(layer)
    assert not (tmp_path / "index").exists()


def test_clear_refusals(run, scenes, tmp_path: Path) -> None:
    first = scenes[0]
    text = tmp_path / "letter.txt"
    text.write_text("mine")
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("mine")
    for rasters, given, words in (
        ((), {}, "Nothing is to be done: give INPUTS"),
        ((tmp_path / "no.tif",), {}, "neither a raster layer of the project nor a file"),
        ((text,), {}, "cannot be opened as a raster"),
        ((first,), {"MODEL": "landcover"}, "is for segmentation, not for features or recognition"),
        ((first,), {"MODEL": "nothing"}, "There is no model"),
        ((first,), {"BANDS": "a,b"}, "BANDS is band numbers"),
        ((first,), {"BANDS": "0;1;2"}, "BANDS counts from 1"),
        ((first,), {"BANDS": "1;2;9"}, "band 9|bands 1 to 3"),
        ((first,), {"STEP": 0}, "STEP is a number, at least 1"),
        ((first,), {"STEP": 33}, "1 to 32 pixels"),
        ((first,), {"RESOLUTION": 0}, "RESOLUTION is a number"),
        ((first,), {"EXTENT": "0,1,0,1 [EPSG:4326]"}, "does not meet the raster"),
        ((first,), {"INDEX": str(full)}, "holds other files"),
        ((first,), {"INDEX": str(text)}, "is a file"),
        ((first,), {"INDEX": str(tmp_path / "a" / "b")}, "no such folder"),
        ((first,), {"EXPORT": str(tmp_path / "a.csv")}, "EXPORT needs a file name ending in"),
        ((first,), {"MASK": str(text)}, "is not a polygon layer"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            run(*rasters, **given)


def test_another_model_than_the_indexs_is_refused(run, scenes, tmp_path: Path) -> None:
    run(scenes[0])
    before = content(tmp_path / "index")
    other = made.mean_colour(tmp_path, blend=(0, 0, 0))
    with pytest.raises(QgsProcessingException, match="was made with another model"):
        run(scenes[1], MODEL=made.described(other))
    assert content(tmp_path / "index") == before


def test_dialogs_list_networks_that_answer_with_vectors(own: Path) -> None:
    from processing.gui.wrappers import WidgetWrapperFactory

    own.mkdir()
    made.described(made.mean_colour(own, name="faces", blend=(0, 0, 0)))
    parent = type("AlgorithmDialog", (QWidget,), {})()
    owner = QgsApplication.processingRegistry().createAlgorithmById(ID)
    wrapper = WidgetWrapperFactory.create_wrapper(owner.parameterDefinition("MODEL"), parent)
    combo = wrapper.widget.combo
    offered = {combo.itemData(each) for each in range(combo.count())}
    assert {"features", ""} <= offered
    assert "landcover" not in offered and len(offered) == 3
    assert wrapper.value() == "", "which is what the index says"
    wrapper.setValue("features")
    assert wrapper.parameterValue() == "features"
    assert settings.model_folder() == own


def test_a_designed_model_embeds_and_finds(scenes, model, tmp_path: Path) -> None:
    """The index of one step is where the next one looks."""
    chain = QgsProcessingModelAlgorithm("chain", "tests")
    chain.initAlgorithm()
    source = QgsProcessingModelChildParameterSource
    first = QgsProcessingModelChildAlgorithm(ID)
    first.setChildId("embed")
    first.addParameterSources("INPUTS", [source.fromStaticValue([str(each) for each in scenes])])
    first.addParameterSources("MODEL", [source.fromStaticValue(made.described(model))])
    chain.addChildAlgorithm(first)
    second = QgsProcessingModelChildAlgorithm("geosift:similar")
    second.setChildId("similar")
    (lon,), (lat,) = transform(UTM, "EPSG:4326", [WEST + 50], [NORTH - 50])
    second.addParameterSources("INDEX", [source.fromChildOutput("embed", "INDEX")])
    second.addParameterSources("PLACE", [source.fromStaticValue(f"{lon},{lat} [EPSG:4326]")])
    second.addParameterSources("COUNT", [source.fromStaticValue(5)])
    second.addParameterSources("THUMBNAILS", [source.fromStaticValue(False)])
    found = QgsProcessingModelOutput("found")
    found.setChildId("similar")
    found.setChildOutputName("OUTPUT")
    second.setModelOutputs({"found": found})
    chain.addChildAlgorithm(second)
    name = next(each.name() for each in chain.destinationParameterDefinitions())
    target = tmp_path / "found.gpkg"
    _answers, fine = chain.run({name: str(target)}, QgsProcessingContext(), Listener())
    assert fine
    assert QgsVectorLayer(str(target), "found", "ogr").featureCount() == 5


def test_from_the_command_line_of_qgis(qgis_process: list[str], scenes, tmp_path: Path) -> None:
    def go(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*qgis_process, "--json", "run", ID, "--", *words]
        return subprocess.run(command, capture_output=True, text=True)

    refused = go("INPUTS=none.tif", f"INDEX={tmp_path / 'index'}")
    assert refused.returncode == 1
    assert "neither a raster layer" in refused.stderr + refused.stdout
    done = go(*(f"INPUTS={each}" for each in scenes), f"INDEX={tmp_path / 'index'}", "LOAD=true")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["results"]
    assert told["DONE"] == 2
    assert told["TOTAL"] == Index.open(tmp_path / "index").info.rows
    with rasterio.open(scenes[0]) as dataset:
        assert dataset.count == 3
