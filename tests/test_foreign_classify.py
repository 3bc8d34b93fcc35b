# SPDX-License-Identifier: GPL-2.0-or-later
"""A classifier as Ultralytics exports it, one tile at a time, run as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from foreign_networks import save
from made_rasters import write
from networks import PLAIN
from onnx import helper, numpy_helper

from geosift.inference.__main__ import main

SIDE = 32


@pytest.mark.parametrize("batch", [1, 3, "n"])
def test_a_foreign_classifier_is_run_as_it_is(tmp_path: Path, batch: int | str) -> None:
    """It names a tile by the plain colour it is nearest to: of x / 255, as that exporter feeds."""
    table = np.array(PLAIN, np.float32) / 255
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "kernel", "bias"], ["raw"], transB=1),
        helper.make_node("Softmax", ["raw"], ["o"]),
    ]
    weights = {"kernel": 100 * table, "bias": -50 * (table**2).sum(axis=1)}
    path = save(
        tmp_path,
        "colours",
        {"o": (batch, 4)},
        image=(batch, 3, SIDE, SIDE),
        nodes=nodes,
        tensors=[numpy_helper.from_array(value, name) for name, value in weights.items()],
        metadata={
            "task": "classify",
            "imgsz": str([SIDE, SIDE]),
            "names": str(dict(enumerate(("red", "green", "blue", "grey")))),
        },
    )
    answer = np.array([[0, 1, 2], [3, 2, 1], [1, 1, 0]], np.uint8)
    pixels = np.array(PLAIN, np.uint8)[answer].repeat(SIDE, 0).repeat(SIDE, 1).transpose(2, 0, 1)
    source = write(tmp_path / "in.tif", np.ascontiguousarray(pixels))
    words = ["--model", str(path), "--raster", str(tmp_path / "out.tif"), "--step", str(SIDE)]
    assert main(["classify", str(source), *words]) == 0
    with rasterio.open(tmp_path / "out.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), answer)
