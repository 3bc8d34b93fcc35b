# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:regress`, `geosift:superresolve`, `geosift:recognise`: the engine's pixels in QGIS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import exported_networks as made
import numpy as np
import processing
import pytest
import rasterio
from plugin_helpers import add_raster, box, patchwork, polygon_layer, write_raster
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsSingleBandPseudoColorRenderer,
)

from geosift.inference.cards.card import ModelCard
from geosift.inference.recognition.run import RecogniseJob, run_recognise
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.inference.superresolution.run import SuperresolveJob, run_superresolve
from geosift.plugin.results.load_results import load_results

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raster(tmp_path_factory.mktemp("scene") / "scene.tif", patchwork(90, 120))


def _run(name: str, scene: Path, card: ModelCard, output: Path, **more: Any) -> dict[str, Any]:
    asked = {"INPUT": str(scene), "MODEL": made.described(card), "OUTPUT": str(output), **more}
    return processing.run(f"geosift:{name}", asked)


def _read(path: Path | str) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read()


def _inner(scene: Path, inset: float) -> tuple[float, float, float, float]:
    """The raster's extent, so many of its pixels smaller on every side."""
    with rasterio.open(scene) as dataset:
        bounds, step = dataset.bounds, dataset.transform.a * inset
    return bounds.left + step, bounds.bottom + step, bounds.right - step, bounds.top - step


def _as_text(extent: tuple[float, float, float, float]) -> str:
    left, bottom, right, top = extent
    return f"{left},{right},{bottom},{top}"


def test_regress_gives_the_engines_pixels(scene: Path, tmp_path: Path) -> None:
    card, extent = made.weighted(tmp_path), _inner(scene, 20)
    answer = _run(
        "regress", scene, card, tmp_path / "out.tif", EXTENT=_as_text(extent), GRID="network",
        OVERLAP=6, BANDS=[3, 2, 1], AUGMENT="4", REPORT=str(tmp_path / "out.json"),
    )  # fmt: skip
    job = RegressJob(
        source=str(scene), card=card, output=tmp_path / "expected.tif", extent=extent,
        grid="network", overlap=6, bands=(3, 2, 1), augment=4,
    )  # fmt: skip
    (figures,) = run_regress(job).figures
    np.testing.assert_array_equal(_read(answer["OUTPUT"]), _read(job.output))
    told = tuple(answer[name] for name in ("MINIMUM", "MAXIMUM", "MEAN"))
    assert told == (figures.least, figures.largest, figures.mean)
    assert json.loads((tmp_path / "out.json").read_text())["figures"][0]["mean"] == figures.mean
    assert answer["ENGINE"].startswith("CPU, ")


def test_superresolve_gives_finer_pixels(scene: Path, tmp_path: Path) -> None:
    card = made.enlarged(tmp_path, factor=3)
    answer = _run("superresolve", scene, card, tmp_path / "out.tif")
    job = SuperresolveJob(source=str(scene), card=card, output=tmp_path / "expected.tif")
    found = _read(answer["OUTPUT"])
    np.testing.assert_array_equal(found, _read(run_superresolve(job).output))
    np.testing.assert_array_equal(found[:, 1::3, 1::3], _read(scene)[:3])


def test_recognise_takes_a_picture_a_place_or_the_middle(scene: Path, tmp_path: Path) -> None:
    card, small = made.mean_colour(tmp_path), _inner(scene, 35)
    with rasterio.open(scene) as dataset:
        whole = tuple(dataset.bounds)
    for asked, options in (
        ({"EXAMPLE": str(scene)}, {"picture": str(scene)}),
        ({"PLACE": _as_text(small)}, {"place": small}),
        ({}, {"place": whole}),
        ({"EXTENT": _as_text(small)}, {"extent": small, "place": small}),
    ):
        answer = _run("recognise", scene, card, tmp_path / "out.tif", **asked)
        job = RecogniseJob(
            source=str(scene), card=card, output=tmp_path / "expected.tif", **options
        )
        run_recognise(job)
        np.testing.assert_array_equal(_read(answer["OUTPUT"]), _read(job.output))
        assert -1 <= answer["MINIMUM"] <= answer["MEAN"] <= answer["MAXIMUM"] <= 1.0001


def test_nothing_lies_outside_the_mask(scene: Path, tmp_path: Path) -> None:
    mask = polygon_layer(box(30, 30, 60, 90))
    answer = _run("regress", scene, made.weighted(tmp_path), tmp_path / "out.tif", MASK=mask)
    found = np.isfinite(_read(answer["OUTPUT"])[0])
    assert found[30:60, 30:90].all()
    assert found.sum() == 30 * 60


def test_segment_is_told_which_answer(scene: Path, tmp_path: Path) -> None:
    card = made.two_answers(tmp_path)
    for which in ("bands", "1"):
        answer = _run("segment", scene, card, tmp_path / "out.tif", ANSWER=which)
        job = SegmentJob(
            source=str(scene), card=card.answering(1), output=tmp_path / "expected.tif"
        )
        run(job)
        np.testing.assert_array_equal(_read(answer["OUTPUT"]), _read(job.output))


@pytest.mark.parametrize(
    ("name", "make", "asked", "says"),
    [
        ("segment", made.two_answers, {"ANSWER": "roofs"}, "no answer 'roofs'; it has lone, bands"),
        ("regress", made.two_answers, {}, "is for segmentation, not for regression"),
        ("superresolve", made.weighted, {}, "give it to geosift:regress"),
        ("regress", made.weighted, {"OVERLAP": -1}, "OVERLAP is a number"),
        ("regress", made.weighted, {"EXTENT": "0,1,0,1"}, "EXTENT does not touch"),
        ("recognise", made.mean_colour, {"PLACE": "0,1,0,1"}, "PLACE does not touch"),
        ("recognise", made.mean_colour, {"EXAMPLE": "a.png", "PLACE": "0,1,0,1"}, "one of the two"),
        ("recognise", made.mean_colour, {"EXAMPLE": "none.png"}, "none.png cannot be opened"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(name, make, asked, says, scene: Path, tmp_path: Path) -> None:
    with pytest.raises(QgsProcessingException, match=says):
        _run(name, scene, make(tmp_path), tmp_path / "out.tif", **asked)
    assert not (tmp_path / "out.tif").exists()


def _loaded(name: str, layer: Any, card: ModelCard) -> Any:
    """The result as the toolbox loads it: named, coloured, filed."""
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geosift:{name}")
    output = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", QgsProject.instance())
    asked = {"INPUT": layer, "MODEL": made.described(card), "OUTPUT": output}
    _, fine = algorithm.run(asked, context, feedback)
    assert fine, feedback.textLog()
    ((made_layer,), wrong) = load_results(context, feedback)
    assert wrong == ""
    return made_layer


def test_numbers_arrive_coloured_by_their_range(
    scene: Path, tmp_path: Path, qgis_new_project: None
) -> None:
    layer = add_raster(scene)
    card = made.weighted(tmp_path)
    loaded = _loaded("regress", layer, card)
    assert loaded.name() == f"{layer.name()}, {card.name}"
    renderer = loaded.renderer()
    assert isinstance(renderer, QgsSingleBandPseudoColorRenderer)
    values = _read(loaded.source())
    reach = 3 * values.std()
    least, largest = max(values.min(), values.mean() - reach), values.mean() + reach
    assert renderer.classificationMin() == pytest.approx(least, abs=1e-3)
    assert renderer.classificationMax() == pytest.approx(min(values.max(), largest), abs=1e-3)
    assert _loaded("superresolve", layer, made.enlarged(tmp_path)).bandCount() == 3
