# SPDX-License-Identifier: GPL-2.0-or-later
"""Segmentations that end in an argmax: they answer numbers of classes, not a plane for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import rasterio
from made_rasters import patches, write
from onnx import TensorProto, helper

from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import CardError
from geosift.inference.foreign import bare
from geosift.inference.segmentation.run import SegmentJob, run

_TILE = 32
_NAMED = '{"0": "red", "1": "green", "2": "blue"}'


def _network(folder: Path, *, keep: int, kind: int, **metadata: str) -> Path:
    """Says which of the bands is the largest."""
    shape = [1, 1, _TILE, _TILE] if keep else [1, _TILE, _TILE]
    graph = helper.make_graph(
        [
            helper.make_node("ArgMax", ["image"], ["found"], axis=1, keepdims=keep),
            helper.make_node("Cast", ["found"], ["classes"], to=kind),
        ],
        "argmax",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, _TILE, _TILE])],
        [helper.make_tensor_value_info("classes", kind, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    told = {"model_type": '"Segmentor"', "resolution": "100", "seg_small_segment": "0", **metadata}
    for key, value in told.items() if metadata else ():
        model.metadata_props.add(key=key, value=value)
    path = folder / "argmax.onnx"
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize("kind", [TensorProto.INT64, TensorProto.UINT8, TensorProto.FLOAT])
def test_each_number_is_its_class(tmp_path: Path, keep: int, kind: int) -> None:
    card = Catalog().find(_network(tmp_path, keep=keep, kind=kind, class_names=_NAMED))
    image = patches(3, 75, 90)
    source = write(tmp_path / "in.tif", image)
    run(SegmentJob(source=str(source), card=card, output=tmp_path / "out.tif"))
    with rasterio.open(tmp_path / "out.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), image.argmax(axis=0))


def test_more_numbers_than_classes_are_told(tmp_path: Path) -> None:
    names = '{"0": "red", "1": "green"}'
    card = Catalog().find(_network(tmp_path, keep=1, kind=TensorProto.INT64, class_names=names))
    source = write(tmp_path / "in.tif", patches(3, 75, 90))
    with pytest.raises(CardError, match="to 2 here, its card lists 2 classes; name all"):
        run(SegmentJob(source=str(source), card=card, output=tmp_path / "out.tif"))
    assert not (tmp_path / "out.tif").exists()


def test_of_numbers_each_is_sure(tmp_path: Path) -> None:
    path = _network(tmp_path, keep=1, kind=TensorProto.INT64)
    assert bare.questions(path).defaults("segmentation").activation == "probabilities"
