# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:traces`: the engine's lines from everywhere, on photographs too, and clear refusals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import made_fractures as made
import numpy as np
import processing
import pytest
import rasterio
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    Listener,
    box,
    polygon_layer,
    read_pixels,
    write_raster,
)
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsRasterRange,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QWidget

from geosift.inference.cards.card import ModelCard
from geosift.inference.fracture_numbers.set_colors import color_of
from geosift.inference.fracture_numbers.sets import MOST_SETS
from geosift.inference.traces.run import TraceJob, run_traces
from geosift.plugin.algorithms import traces_parameters as names

ID = "geosift:traces"
NEAR = 3.0
"""Pixels that the ends of a line may be off: half its width, and what thinning takes."""

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return made.network(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.image(tmp_path_factory.mktemp("scene") / "rock.tif")


@pytest.fixture
def trace(source: Path, model: ModelCard, tmp_path: Path) -> Any:
    """Runs the algorithm on the image; OUTPUT is a GeoPackage unless told otherwise."""

    def run(**parameters: Any) -> dict[str, Any]:
        given = {"INPUT": str(source), "MODEL": str(model.path)}
        return processing.run(ID, {**given, "OUTPUT": str(tmp_path / "t.gpkg"), **parameters})

    return run


def found_in(place: Any) -> list[tuple[float, ...]]:
    """x, y to x, y of every line in pixels of the image, long lines first."""
    layer = place if isinstance(place, QgsVectorLayer) else QgsVectorLayer(str(place), "l", "ogr")
    assert layer.isValid(), place
    placed = layer.crs().authid() == CRS  # a GeoPackage always says something
    west, north = (WEST, NORTH) if placed else (0.0, 0.0)
    found = []
    for feature in layer.getFeatures():
        parts = [list(part) for part in feature.geometry().constParts()]
        assert len(parts) == 1
        tips = parts[0][0], parts[0][-1]
        ends = sorted(((tip.x() - west, north - tip.y()) for tip in tips), key=sum)
        found.append((*ends[0], *ends[1]))
    return sorted(found, key=lambda each: -abs(each[2] - each[0]) - abs(each[3] - each[1]))


def assert_lines(found: list[tuple[float, ...]], wanted: Any = made.ENDS) -> None:
    assert len(found) == len(wanted), found
    np.testing.assert_allclose(found, wanted, atol=NEAR)


def test_the_toolbox_gives_the_engines_lines(trace, source, model, tmp_path: Path) -> None:
    result = trace(REPORT=str(tmp_path / "t.json"), NODES=str(tmp_path / "n.gpkg"))
    assert_lines(found_in(tmp_path / "t.gpkg"))
    own = run_traces(TraceJob(str(source), model, tmp_path / "own.gpkg"))
    assert found_in(tmp_path / "t.gpkg") == found_in(tmp_path / "own.gpkg")
    assert (result["COUNT"], result["TOTAL_LENGTH"]) == (own.traces, own.total_length)
    assert result["P21"] == own.p21 == pytest.approx(sum(made.LENGTHS) / (200 * 260), rel=0.03)
    assert "CPU" in result["ENGINE"]
    assert json.loads((tmp_path / "t.json").read_text("utf-8"))["traces"] == 3
    kinds = [each["kind"] for each in QgsVectorLayer(str(tmp_path / "n.gpkg")).getFeatures()]
    assert (kinds.count("X"), kinds.count("Y"), kinds.count("I")) == (1, 1, 5)


def test_every_parameter_reaches_the_engine(trace, tmp_path: Path) -> None:
    out = tmp_path / "t.gpkg"
    trace(LENGTH=100)
    assert_lines(found_in(out), made.ENDS[:2])
    trace(EXTENT=f"{WEST},{WEST + 100},{NORTH - 200},{NORTH} [{CRS}]", OVERLAP=24, THREADS=1)
    assert_lines(found_in(out), [(20, 100, 100, 100)])
    trace(MASK=polygon_layer(QgsRectangle(WEST + 160, NORTH - 90, WEST + 250, NORTH), crs=CRS))
    assert_lines(found_in(out), [(190, 20, 190, 90)])
    trace(CLASS="fracture", BANDS=[1, 1, 1], HIGH=90, LOW=80, SPUR=0, GAP=0, SETS=1)
    assert_lines(found_in(out))
    assert {feature["set"] for feature in QgsVectorLayer(str(out)).getFeatures()} == {1}


def test_polygons_that_overlap_are_one_area(trace, tmp_path: Path) -> None:
    left, right = box(0, 0, 200, 150), box(0, 100, 200, 260)
    layer = polygon_layer(left, right, right, crs=CRS)
    result = trace(MASK=layer, REPORT=str(tmp_path / "t.html"))
    assert_lines(found_in(tmp_path / "t.gpkg"))
    assert result["P21"] == pytest.approx(sum(made.LENGTHS) / (200 * 260), rel=0.03)
    assert f"<b>{result['P21']:.3g}</b>" in (tmp_path / "t.html").read_text("utf-8")


def test_a_raster_of_fractures_needs_no_network(trace, tmp_path: Path) -> None:
    """As probabilities of any scale, as a mask, or as a class raster."""
    mask = made.mask()[None]
    rasters = {
        "shares": (mask.astype(np.float32) * np.float32(0.9), {}),
        "percent": (mask * np.uint8(90), {}),
        "mask": (mask * np.uint8(255), {}),
        "classes": (np.where(mask, 7, 3).astype(np.uint8), {"CLASS": "7"}),
    }
    for name, (pixels, further) in rasters.items():
        raster = write_raster(tmp_path / f"{name}.tif", pixels)
        trace(INPUT=str(raster), MODEL="none", **further)
        assert_lines(found_in(tmp_path / "t.gpkg"))
    trace(INPUT=str(raster), MODEL="", CLASS="7")
    assert_lines(found_in(tmp_path / "t.gpkg"))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_lines_lie_on_a_photograph_as_qgis_draws_it(trace, tmp_path: Path, ending: str) -> None:
    """Below the origin; in metres with a scale, and still on the picture."""
    photo = tmp_path / f"photo.{ending}"
    pixels = np.repeat(made.mask()[None] * np.uint8(255), 3, axis=0)
    driver = {"png": "PNG", "tif": "GTiff"}[ending]
    height, width = made.SHAPE
    with rasterio.open(
        photo, "w", driver=driver, count=3, height=height, width=width, dtype="uint8"
    ) as dataset:
        dataset.write(pixels)
    plain = trace(INPUT=str(photo))
    layer = QgsVectorLayer(plain["OUTPUT"], "traces", "ogr")
    assert QgsRasterLayer(str(photo)).extent().contains(layer.extent())
    assert not layer.crs().authid()
    assert_lines(found_in(layer))
    pixels_long = {feature["id"]: feature["length_px"] for feature in layer.getFeatures()}
    scaled = trace(INPUT=str(photo), PIXEL_SIZE=0.01, OUTPUT=str(tmp_path / "scaled.gpkg"))
    layer = QgsVectorLayer(scaled["OUTPUT"], "traces", "ogr")
    assert_lines(found_in(layer))
    for feature in layer.getFeatures():
        assert feature["length_m"] == pytest.approx(0.01 * pixels_long[feature["id"]], rel=1e-6)
    assert scaled["P21"] == pytest.approx(100 * plain["P21"], rel=1e-6)


def test_a_picture_of_one_band_needs_no_bands_named(trace, tmp_path: Path) -> None:
    """From a file, and from a layer whose nodata value the user set, which QGIS itself reads."""
    grey = write_raster(tmp_path / "grey.tif", made.mask()[None] * np.uint8(200))
    trace(INPUT=str(grey))
    assert_lines(found_in(tmp_path / "t.gpkg"))
    layer = QgsRasterLayer(str(grey), "grey")
    layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(77, 77)])
    trace(INPUT=layer)
    assert_lines(found_in(tmp_path / "t.gpkg"))


def test_lines_and_nodes_go_to_any_vector_format(trace, tmp_path: Path) -> None:
    wanted = trace()
    expected = found_in(wanted["OUTPUT"])
    for place in ("o.geojson", "o.shp", "memory:"):
        lines = place if place == "memory:" else str(tmp_path / place)
        nodes = place if place == "memory:" else str(tmp_path / f"nodes_{place}")
        result = trace(OUTPUT=lines, NODES=nodes)
        np.testing.assert_allclose(found_in(result["OUTPUT"]), expected, atol=1e-6)
        told = result["NODES"]
        layer = told if isinstance(told, QgsVectorLayer) else QgsVectorLayer(told, "n", "ogr")
        assert sorted(feature["kind"] for feature in layer.getFeatures()) == list("IIIIIXY")


def test_probability_is_a_raster_in_percent(trace, tmp_path: Path) -> None:
    trace(PROBABILITY=str(tmp_path / "p.tif"))
    pixels = read_pixels(tmp_path / "p.tif")
    np.testing.assert_array_equal(pixels, made.mask() * np.uint8(100))


def test_what_is_loaded_is_styled_by_set_and_by_kind(
    qgis_new_project: None, tmp_path: Path, source: Path, model: ModelCard
) -> None:
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    places = {
        name: QgsProcessingOutputLayerDefinition(str(tmp_path / f"{name}.gpkg"), context.project())
        for name in ("OUTPUT", "NODES")
    }
    result = processing.run(
        ID, {"INPUT": str(source), "MODEL": str(model.path), **places}, context=context
    )
    shown = {}
    for name in places:
        details = context.layerToLoadOnCompletionDetails(result[name])
        layer = QgsVectorLayer(result[name], name, "ogr")
        details.postProcessor().postProcessLayer(layer, context, Listener())
        shown[details.name] = layer.renderer().categories()
    assert set(shown) == {"rock, Lines, traces", "rock, Lines, nodes"}
    sets = shown["rock, Lines, traces"]
    numbers = [each.value() for each in sets]
    assert numbers == sorted(numbers, key=lambda number: (not number, number))
    for each in sets:
        assert each.symbol().symbolLayers()[-1].color().name() == color_of(each.value()).lower()
    nodes = shown["rock, Lines, nodes"]
    shapes = [each.symbol().symbolLayer(0).properties()["name"] for each in nodes]
    assert [(each.value(), shape) for each, shape in zip(nodes, shapes)] == [
        ("I", "circle"), ("Y", "triangle"), ("X", "square")
    ]  # fmt: skip


def test_clear_refusals(trace, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    unlined = made.network(plain, says_lines=False)
    before = sorted(tmp_path.rglob("*"))
    for given, words in (
        ({"MODEL": str(unlined.path)}, "does not say which of its classes are thin lines"),
        ({"MODEL": "eurosat-cnn"}, "geosift:classify"),
        ({"MODEL": "nowhere"}, "nowhere"),
        ({"CLASS": "vein"}, "CLASS 'vein' is no class of the model"),
        ({"CLASS": "vein", "MODEL": "none", "BANDS": [1]}, "CLASS 'vein' is not the number"),
        ({"MODEL": "none"}, "has 3 bands"),
        ({"HIGH": 40, "LOW": 60}, "LOW .60. is above HIGH .40."),
        ({"HIGH": 140}, "HIGH is a number from 0 to 100"),
        ({"PIXEL_SIZE": -2}, "PIXEL_SIZE is a number, at least"),
        ({"LENGTH": -1}, "LENGTH is a number, at least 0"),
        ({"SETS": 99}, "SETS is a number from 0 to 5"),
        ({"OUTPUT": str(tmp_path / "none" / "o.gpkg")}, "no such folder"),
        ({"OUTPUT": str(tmp_path / "o.gpx")}, "OUTPUT cannot be written"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            trace(**given)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_most_sets_are_those_of_the_engine() -> None:
    assert names.MOST_SETS == MOST_SETS


def test_what_is_cancelled_leaves_nothing(source: Path, model: ModelCard, tmp_path: Path) -> None:
    listener = Listener(cancel_at=20)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    given = {
        "INPUT": str(source), "MODEL": str(model.path), "OUTPUT": str(tmp_path / "t.gpkg"),
        "NODES": str(tmp_path / "n.shp"), "PROBABILITY": str(tmp_path / "p.tif"),
    }  # fmt: skip
    context = QgsProcessingContext()
    _results, fine = algorithm.run(given, context, listener)
    assert not fine and listener.isCanceled()
    assert not list(tmp_path.iterdir())


def test_from_the_command_line_of_qgis(
    qgis_process: list[str], source: Path, model: ModelCard, tmp_path: Path
) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        given = [f"INPUT={source}", f"MODEL={model.path}", f"OUTPUT={tmp_path / 't.gpkg'}", *words]
        command = [*qgis_process, "--json", "run", ID, "--", *given]
        return subprocess.run(command, capture_output=True, text=True)

    refused = run("HIGH=20", "LOW=60")
    assert refused.returncode == 1
    assert "LOW (60) is above HIGH (20)" in refused.stderr + refused.stdout
    assert not (tmp_path / "t.gpkg").exists()
    done = run("LENGTH=100")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"]["COUNT"] == 2
    assert_lines(found_in(tmp_path / "t.gpkg"), made.ENDS[:2])


def test_the_dialog_proposes_the_bundled_network_and_to_do_without() -> None:
    from processing.gui.wrappers import WidgetWrapperFactory

    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    definition = algorithm.parameterDefinition("MODEL")
    assert definition.defaultValue() == "fractures"
    assert definition.metadata()["widget_wrapper"]["class"].endswith("TracesModelWrapper")
    parent = type("AlgorithmDialog", (QWidget,), {})()
    wrapper = WidgetWrapperFactory.create_wrapper(definition, parent)
    wrapper.setValue("none")
    assert wrapper.value() == "none"
    assert "(none" in wrapper.widget.combo.currentText()
