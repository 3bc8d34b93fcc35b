# SPDX-License-Identifier: GPL-2.0-or-later
"""ONNX files as others export them: shapes and metadata are tested, not what is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

Shape = Sequence[Any]
RGB = ("n", 3, 512, 512)


def model(
    outputs: Mapping[str, Shape],
    *,
    image: Shape = RGB,
    dtype: int = TensorProto.FLOAT,
    metadata: Mapping[str, str] | None = None,
    nodes: Sequence[onnx.NodeProto] = (),
    tensors: Sequence[onnx.TensorProto] = (),
    sparse: Sequence[onnx.SparseTensorProto] = (),
    opsets: Mapping[str, int] | None = None,
    functions: Sequence[onnx.FunctionProto] = (),
    **further: Any,
) -> onnx.ModelProto:
    """A model that says it takes `image` and gives `outputs`; without nodes it cannot run."""
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("image", dtype, list(image))],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
            for name, shape in outputs.items()
        ],
        list(tensors),
        sparse_initializer=list(sparse),
    )
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(*each) for each in (opsets or {"": 17}).items()],
        ir_version=8,
        functions=list(functions),
        **further,
    )
    for key, value in (metadata or {}).items():
        made.metadata_props.add(key=key, value=value)
    return made


def save(folder: Path, name: str, outputs: Mapping[str, Shape], **options: Any) -> Path:
    """Write such a model as `name`.onnx."""
    path = folder / f"{name}.onnx"
    path.write_bytes(model(outputs, **options).SerializeToString())
    return path
