# SPDX-License-Identifier: GPL-2.0-or-later
"""What is refused of a network's file before anything runs it: a file from a stranger is untrusted.

onnxruntime opens what a file names, allocates what it asks for and unfolds what it nests; so each
of these is looked at first, with nothing but the reader of proto.py.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from .expansion import require_bounded
from .external_data import external_files
from .facts import BITS, TYPES, OnnxFacts, TensorFacts
from .proto import read

MOST_CONSTANT_BYTES = 2**31
"""Of all constants together, in memory."""
_MOST_NODES = 200_000
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc")
"""Whose operators onnxruntime brings itself."""
_FOREIGN_CODE = {
    ("com.microsoft", "EPContext"): "reads a compiled network from another file",
    ("com.microsoft", "PythonOp"): "runs Python code",
    ("com.microsoft", "PythonOpGrad"): "runs Python code",
    ("com.microsoft", "ATen"): "runs code of PyTorch",
}
_SUFFIX = ".onnx"


def require_safe(path: Path) -> OnnxFacts:
    """What the file says of itself; ModelError with the reason why it is not run."""
    if path.suffix.lower() != _SUFFIX:
        raise ModelError(f"{path.name} is no {_SUFFIX} file; GeoSift runs networks in ONNX only.")
    facts = read(path)
    for reason in (_of_operators(facts), _of_constants(facts)):
        if reason:
            raise ModelError(f"{path.name} is not run: {reason}.")
    require_bounded(facts, called=path.name)
    external_files(path, facts)
    return facts


def _of_operators(facts: OnnxFacts) -> str:
    """Why the operators are refused, "" where they are not."""
    own = {(function.domain, function.name) for function in facts.functions}
    count = 0
    for graph in facts.every_graph():
        count += len(graph.nodes)
        if count > _MOST_NODES:
            return f"it has more than {_MOST_NODES:,} operators, as no network has"
        for node in graph.nodes:
            known = node.domain in _DOMAINS or (node.domain, node.op) in own
            if not known:
                return (
                    f"its operator {node.op!r:.60} is from {node.domain!r:.60}, which needs code "
                    "that does not come with it; export it with ONNX's own operators"
                )
            if (node.domain, node.op) in _FOREIGN_CODE:
                does = _FOREIGN_CODE[node.domain, node.op]
                return f"its operator '{node.op}' {does}; export it with ONNX's own operators"
    return ""


def _of_constants(facts: OnnxFacts) -> str:
    """Why the constants are refused, "" where they are not."""
    total = 0
    for tensor in facts.every_tensor():
        size = tensor_bytes(tensor)
        if size is None:
            return f"its constant {tensor.name!r:.60} is of a type nobody knows ({tensor.type})"
        if tensor.is_sparse:
            return (
                f"its constant {tensor.name!r:.60} tells only some values of the shape "
                f"{_shape(tensor)}, which unfolds in memory; export it without sparse constants"
            )
        total += size
        if total > MOST_CONSTANT_BYTES:
            return (
                f"its constant {tensor.name!r:.60} of the shape {_shape(tensor)} makes "
                f"{min(total, 10**18) / 1e9:.3g} GB of constants; GeoSift takes up to "
                f"{MOST_CONSTANT_BYTES / 1e9:.1f} GB, so choose a smaller network"
            )
        if not _holds(tensor, size):
            return (
                f"its constant {tensor.name!r:.60} says it has the shape {_shape(tensor)}, but the "
                "file holds another number of values; fetch or export it again"
            )
    return ""


def tensor_bytes(tensor: TensorFacts) -> int | None:
    """What a constant takes in memory; None where its type is unknown."""
    if tensor.type not in TYPES:
        return None
    return -(-tensor.elements * BITS[tensor.type] // 8)


def _holds(tensor: TensorFacts, size: int) -> bool:
    """Whether the file holds as many values as the shape says.

    Of packed lists only a bound is known: a value takes at least a byte, or half of one (int4).
    """
    if tensor.is_external:
        return True
    if tensor.raw is not None:
        return tensor.raw == size and tensor.listed == 0
    return tensor.elements <= 2 * tensor.listed


def _shape(tensor: TensorFacts) -> str:
    return " x ".join(map(str, tensor.dims))[:80] or "1"
