# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's detectors, run as they are: every layout, told by the file's own metadata."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_detectors import CLASSES, told_by_itself
from test_detect_job import THINGS, boxes_of, found_in, painted, rings, scene, wanted

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.detection.run import DetectJob, run_detect

DEEPNESS = {
    "yolo_v5": "YOLO_v5_or_v7_default",
    "yolo_v6": "YOLO_v6",
    "yolo_v9": "YOLO_v9",
    "ultralytics": "YOLO_Ultralytics",
    "ultralytics_seg": "YOLO_Ultralytics_segmentation",
    "ultralytics_obb": "YOLO_Ultralytics_obb",
}
NAMES = {str(index): name for index, name in enumerate(CLASSES)}


def deepness(folder: Path, layout: str, **more: object) -> ModelCard:
    told = {
        "model_type": "Detector", "det_type": DEEPNESS[layout], "class_names": NAMES,
        "det_conf": 0.5, "det_iou_thresh": 0.5, "resolution": 100, "tiles_overlap": 40, **more,
    }  # fmt: skip
    path = told_by_itself(folder, layout, {key: json.dumps(value) for key, value in told.items()})
    return Catalog().find(path)


def ultralytics(folder: Path, layout: str, **more: str) -> ModelCard:
    """Metadata as its exporter writes it: Python's words, not JSON."""
    told = {
        "description": "Ultralytics YOLO11n model trained on things.yaml",
        "author": "Ultralytics", "date": "2026-01-01", "version": "8.3.0",
        "license": "AGPL-3.0", "docs": "https://docs.ultralytics.com", "stride": "32",
        "task": {"ultralytics_seg": "segment", "ultralytics_obb": "obb"}.get(layout, "detect"),
        "batch": "1", "imgsz": "[64, 64]", "names": str(dict(enumerate(CLASSES))),
        **more,
    }  # fmt: skip
    return Catalog().find(told_by_itself(folder, layout, told))


def run_on(things, card: ModelCard, folder: Path, **options) -> list[dict]:
    source = scene(folder / "in.tif", things)
    out = folder / "out.gpkg"
    run_detect(DetectJob(str(source), card, out, bands=tuple(range(1, 8)), **options))
    return found_in(out)


@pytest.mark.parametrize("layout", ["yolo_v5", "yolo_v6", "yolo_v9", "ultralytics"])
def test_boxes_of_the_deepness_zoo(layout: str, tmp_path: Path) -> None:
    card = deepness(tmp_path, layout)
    assert (card.kind, card.detection.layout, card.resolution_m) == ("detection", layout, 1.0)
    assert card.blend.halo == 13  # 40 percent of 64 pixels, half of it on each side
    assert boxes_of(run_on(THINGS, card, tmp_path)) == wanted(THINGS[:-1])


def test_thresholds_of_the_file_apply_unless_others_are_asked_for(tmp_path: Path) -> None:
    card = deepness(tmp_path, "ultralytics", det_conf=0.9)
    sure = [thing for thing in THINGS if thing.score > 229]
    assert boxes_of(run_on(THINGS, card, tmp_path)) == wanted(sure)
    assert boxes_of(run_on(THINGS, card, tmp_path, confidence=30)) == wanted(THINGS)


@pytest.mark.parametrize("make", [deepness, ultralytics])
def test_masks_and_oriented_boxes(make, tmp_path: Path) -> None:
    features = run_on(rings(0), make(tmp_path, "ultralytics_seg"), tmp_path, simplify=0.0)
    assert len(features) == 4
    shapes = {round(each["score"] * 2.55): painted(each["parts"]).sum() for each in features}
    for thing in rings(0):
        left, top, right, bottom = thing.box
        size = (right - left) * (bottom - top) if thing.pixels is None else thing.pixels.sum()
        assert shapes[thing.score] == size
    oriented = make(tmp_path, "ultralytics_obb")
    assert oriented.detection.layout == "ultralytics_obb"


def test_boxes_of_an_ultralytics_export(tmp_path: Path) -> None:
    card = ultralytics(tmp_path, "ultralytics")
    assert card.detection.layout == "ultralytics"
    assert card.class_names == dict(enumerate(CLASSES))
    boxes = boxes_of(run_on(THINGS, card, tmp_path, overlap=13))
    assert boxes == wanted(THINGS), "its own threshold is 25 percent"


@pytest.mark.parametrize("more", [{"end2end": "True"}, {"args": "{'nms': True}"}])
def test_an_export_that_suppresses_by_itself(more: dict[str, str], tmp_path: Path) -> None:
    card = ultralytics(tmp_path, "ultralytics_end2end", **more)
    assert card.detection.layout == "ultralytics_end2end"
    assert boxes_of(run_on(THINGS, card, tmp_path, overlap=13)) == wanted(THINGS)
