# SPDX-License-Identifier: GPL-2.0-or-later
"""What is refused of a stranger's network before anything runs it, and that the rest is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import networks
import numpy as np
import onnx
import pytest
from foreign_networks import model, save
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.catalog import BUNDLED
from geosift.inference.errors import GeoSiftError, ModelError
from geosift.inference.foreign import proto, wire
from geosift.inference.foreign.guard import require_safe
from geosift.inference.foreign.reading import files_of
from geosift.inference.network.onnx_file import OnnxFile

_OUT = {"o": ("n", 3, 8, 8)}
_IN = ("n", 3, 8, 8)


def _external(name: str, location: str, **told: object) -> onnx.TensorProto:
    """A constant of 3 x 3 floats that says it lies in another file."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[3, 3, 1, 1])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **told}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _refused(folder: Path, **options: object) -> str:
    path = save(folder, "net", _OUT, image=_IN, **options)
    with pytest.raises(ModelError) as caught:
        require_safe(path)
    told = str(caught.value)
    assert "\n" not in told
    assert len(told) < 400
    with pytest.raises(ModelError, match=r"is not run|is no whole"):
        OnnxFile(path, called="net", callers=1, threads_per_call=1)
    return told


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.onnx")), ids=lambda path: path.stem)
def test_what_is_bundled_is_read_as_onnx_reads_it(path: Path) -> None:
    facts, expected = require_safe(path), onnx.load(path)
    graph = expected.graph
    assert [node.op for node in facts.graph.nodes] == [node.op_type for node in graph.node]
    assert [node.inputs for node in facts.graph.nodes] == [tuple(n.input) for n in graph.node]
    assert [(t.name, t.dims, t.type) for t in facts.graph.tensors] == [
        (t.name, tuple(t.dims), t.data_type) for t in graph.initializer
    ]
    for found, values in ((facts.inputs, graph.input), (facts.outputs, graph.output)):
        assert [value.name for value in found] == [value.name for value in values]
        shapes = [
            tuple(side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim)
            for value in values
        ]
        assert [value.shape for value in found] == shapes
    assert dict(facts.metadata) == {each.key: each.value for each in expected.metadata_props}
    assert facts.ir_version == expected.ir_version


def test_names_types_and_shapes_are_onnxruntimes(tmp_path: Path) -> None:
    path = networks.smooth(tmp_path).path
    facts = proto.read(path)
    loaded = OnnxFile(path, called="smooth", callers=1, threads_per_call=1)
    for found, given in ((facts.inputs, loaded.inputs), (facts.outputs, loaded.outputs)):
        assert [(v.name, list(v.shape), v.type) for v in found] == [
            (node.name, node.shape, node.type) for node in given
        ]


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "../outside.bin",
        "sub/../../outside.bin",
        "..\\outside.bin",
        "C:\\Windows\\win.ini",
        "c:win.ini",
        "\\\\server\\share\\a.bin",
        "//server/share",
        "~/outside.bin",
        "*/_ORT_MEM_ADDR_/*",
        "a\x00b",
        "weights.bin\n",
        "file:///etc/passwd",
    ],
)
def test_constants_elsewhere_are_refused(tmp_path: Path, location: str) -> None:
    (tmp_path.parent / "outside.bin").write_bytes(bytes(36))
    told = _refused(tmp_path, tensors=[_external("w", location)])
    assert "leads out of the network's folder" in told


@pytest.mark.skipif(os.name == "nt", reason="making links needs rights there")
@pytest.mark.parametrize("through", ["file", "folder"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, through: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "w.bin").write_bytes(bytes(36))
    target, name = (outside / "w.bin", "w.bin") if through == "file" else (outside, "sub")
    (inside / name).symlink_to(target)
    location = "w.bin" if through == "file" else "sub/w.bin"
    assert "a link out of" in _refused(inside, tensors=[_external("w", location)])


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"location": "gone.bin"}, "which is not beside it"),
        ({"location": "."}, "leads out of|which is not beside it|a link out of"),
        ({"location": "w.bin", "offset": 1}, "does not lie in w.bin as it says"),
        ({"location": "w.bin", "offset": -4}, "does not lie in w.bin as it says"),
        ({"location": "w.bin", "length": 40}, "does not lie in w.bin as it says"),
        ({"location": "w.bin", "length": 10**30}, "does not lie in w.bin as it says"),
        ({"location": "w.bin", "offset": "all"}, "is no number"),
        ({"location": ""}, "does not say clearly where"),
    ],
    ids=str,
)
def test_constants_that_are_not_where_they_say_are_refused(tmp_path: Path, told, says) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(36))
    found = _refused(tmp_path, tensors=[_external("w", **told)])
    assert any(each in found for each in says.split("|"))


def test_constants_beside_the_network_are_its_files(tmp_path: Path) -> None:
    values = np.eye(3, dtype=np.float32)
    (tmp_path / "net.onnx.data").write_bytes(bytes(64) + values.tobytes())
    path = save(
        tmp_path,
        "net",
        _OUT,
        image=_IN,
        nodes=[helper.make_node("Conv", ["image", "w"], ["o"])],
        tensors=[_external("w", "net.onnx.data", offset=64, length=36)],
        metadata={"model_type": '"Segmentor"'},
    )
    network = OnnxFile(path, called="net", callers=1, threads_per_call=1)
    image = np.random.default_rng(0).random((1, 3, 8, 8), np.float32)
    np.testing.assert_array_equal(network.run(["o"], {"image": image})[0], image)
    from geosift.inference.foreign.reading import card_of

    assert files_of(card_of(path)) == (path, tmp_path / "net.onnx.data")


def test_texts_among_the_constants_are_no_trouble(tmp_path: Path) -> None:
    texts = helper.make_tensor("names", TensorProto.STRING, [2], [b"roof", b"road"])
    path = save(tmp_path, "net", _OUT, image=_IN, tensors=[texts])
    assert [each.elements for each in require_safe(path).every_tensor()] == [2]


def test_an_operator_of_others_is_named(tmp_path: Path) -> None:
    node = helper.make_node("Magic", ["image"], ["o"], domain="my.company")
    told = _refused(tmp_path, nodes=[node], opsets={"": 17, "my.company": 1})
    assert "operator 'Magic' is from 'my.company', which needs code that does not come" in told


@pytest.mark.parametrize("op", ["EPContext", "PythonOp", "ATen"])
def test_operators_that_run_code_or_read_files_are_refused(tmp_path: Path, op: str) -> None:
    node = helper.make_node(op, ["image"], ["o"], domain="com.microsoft")
    told = _refused(tmp_path, nodes=[node], opsets={"": 17, "com.microsoft": 1})
    assert f"its operator '{op}' r" in told


def test_an_operator_hidden_in_a_subgraph_is_found(tmp_path: Path) -> None:
    inner = helper.make_graph(
        [helper.make_node("Magic", ["image"], ["r"], domain="bad")],
        "inner",
        [],
        [helper.make_tensor_value_info("r", TensorProto.FLOAT, None)],
    )
    condition = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    node = helper.make_node("If", ["c"], ["o"], then_branch=inner, else_branch=inner)
    assert "'Magic'" in _refused(tmp_path, nodes=[node], tensors=[condition])


def test_a_function_of_the_file_itself_is_taken(tmp_path: Path) -> None:
    twice = helper.make_function(
        "mine", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    node = helper.make_node("Twice", ["image"], ["o"], domain="mine")
    path = save(
        tmp_path, "net", _OUT, image=_IN, nodes=[node], functions=[twice],
        opsets={"": 17, "mine": 1},
    )  # fmt: skip
    network = OnnxFile(path, called="net", callers=1, threads_per_call=1)
    image = np.ones((1, 3, 8, 8), np.float32)
    np.testing.assert_array_equal(network.run(["o"], {"image": image})[0], 2 * image)


def _functions(names: list[tuple[str, str]], repeat: int) -> list[onnx.FunctionProto]:
    """Functions each of which uses the next so many times."""
    return [
        helper.make_function(
            "f", name, ["x"], ["y"],
            [
                helper.make_node(inner, ["x"], ["y"], domain="f" if inner != "Relu" else "")
                for _ in range(repeat)
            ],
            [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)],
        )
        for name, inner in names
    ]  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_functions_that_unfold_into_too_much_are_refused(tmp_path: Path, order: int) -> None:
    """The billion laughs, as ONNX tells them."""
    levels = [(f"l{n}", f"l{n + 1}" if n < 29 else "Relu") for n in range(30)]
    functions = _functions(levels, repeat=10)[::order]
    node = helper.make_node("l0", ["image"], ["o"], domain="f")
    opsets = {"": 17, "f": 1}
    told = _refused(tmp_path, nodes=[node], functions=functions, opsets=opsets)
    assert "functions unfold into" in told


@pytest.mark.parametrize("count", [1, 2, 300])
def test_functions_in_a_ring_are_refused(tmp_path: Path, count: int) -> None:
    ring = [(f"l{n}", f"l{(n + 1) % count}") for n in range(count)]
    functions = _functions(ring, repeat=1)
    node = helper.make_node("l0", ["image"], ["o"], domain="f")
    opsets = {"": 17, "f": 1}
    told = _refused(tmp_path, nodes=[node], functions=functions, opsets=opsets)
    assert "uses itself or lies too deep" in told


def test_graphs_in_graphs_without_an_end_are_refused(tmp_path: Path) -> None:
    graph = helper.make_graph([], "leaf", [], [])
    for _ in range(40):
        node = helper.make_node("If", ["c"], ["o"], then_branch=graph, else_branch=graph)
        if len(graph.SerializeToString()) < 10_000:
            graph = helper.make_graph([node], "level", [], [])
    deep = helper.make_graph([], "leaf", [], [])
    for _ in range(30):
        deep = helper.make_graph([helper.make_node("Loop", ["c"], ["o"], body=deep)], "d", [], [])
    told = _refused(tmp_path, nodes=[helper.make_node("Loop", ["c"], ["o"], body=deep)])
    assert "more than 12 deep" in told


def _empty(dims: list[int], kind: int = TensorProto.FLOAT) -> onnx.TensorProto:
    return TensorProto(name="w", data_type=kind, dims=dims)


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        (_empty([1 << 30, 4]), "GB of constants"),
        (_empty([2**62] * 30), "GB of constants"),
        (_empty([1 << 20]), "the file holds another number of values"),
        (_empty([-1, 4]), "has an impossible shape"),
        (_empty([1] * 40), "has an impossible shape"),
        (_empty([3], kind=77), "of a type nobody knows (77)"),
        (
            TensorProto(name="w", data_type=1, dims=[1000], raw_data=bytes(16)),
            "says it has the shape 1000, but",
        ),
        (
            TensorProto(name="w", data_type=1, dims=[4], raw_data=bytes(16), float_data=[1.0]),
            "the file holds another number of values",
        ),
        (
            TensorProto(name="w", data_type=1, dims=[100], float_data=[1.0] * 4),
            "the file holds another number of values",
        ),
    ],
    ids=str,
)
def test_constants_that_are_not_what_they_say_are_refused(tmp_path: Path, tensor, says) -> None:
    assert says in _refused(tmp_path, tensors=[tensor])
    inside = helper.make_node("Constant", [], ["o"], value=tensor)
    assert says in _refused(tmp_path, nodes=[inside]), "the same within an operator"


def test_a_sparse_constant_is_refused(tmp_path: Path) -> None:
    values = TensorProto(name="w", data_type=1, dims=[1], float_data=[1.0])
    indices = TensorProto(name="i", data_type=7, dims=[1], int64_data=[5])
    sparse = helper.make_sparse_tensor(values, indices, [100_000, 100_000])
    assert "unfolds in memory" in _refused(tmp_path, sparse=[sparse])


def _whole(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def _alone(name: str, value: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, np.int64), name)


@pytest.mark.parametrize(
    ("op", "inputs", "tensors", "told"),
    [
        ("ConstantOfShape", ["s"], [_whole("s", 100_000, 100_000)], {}),
        ("ConstantOfShape", ["s"], [_whole("s", *[2**62] * 60)], {}),
        ("Expand", ["image", "s"], [_whole("s", 1, 3, 80_000, 80_000)], {}),
        ("Tile", ["image", "s"], [_whole("s", 1, 1, 30_000, 30_000)], {}),
        ("Range", ["a", "b", "c"], [_alone("a", 0), _alone("b", 10**12), _alone("c", 1)], {}),
        ("RandomNormal", [], [], {"shape": [100_000, 100_000]}),
        ("Pad", ["image", "s"], [_whole("s", 0, 0, 0, 0, 0, 0, 10**6, 10**6)], {}),
        ("Upsample", ["image"], [], {"scales": [1.0, 1.0, 1e5, 1e5]}),
        ("Resize", ["image", "", "", "s"], [_whole("s", 1, 3, 100_000, 100_000)], {}),
        ("Loop", ["a"], [_alone("a", 10**12)], {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_shapes_without_measure_are_refused(tmp_path: Path, op, inputs, tensors, told) -> None:
    node = helper.make_node(op, inputs, ["o"], **told)
    assert f"its operator '{op}' makes" in _refused(tmp_path, nodes=[node], tensors=tensors)


def test_a_shape_in_an_operator_counts_as_well(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Constant", [], ["s"], value=_whole("v", 100_000, 100_000)),
        helper.make_node("ConstantOfShape", ["s"], ["o"]),
    ]
    assert "'ConstantOfShape' makes 1e+10 numbers" in _refused(tmp_path, nodes=nodes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda whole: whole[:-1], "is longer than what holds it"),
        (lambda whole: whole[: len(whole) // 2], "is longer than what holds it"),
        (lambda whole: b"", "it has no graph"),
        (lambda whole: b"\x00" * 100, "begins nothing that protobuf knows"),
        (lambda whole: whole + b"\xff" * 20, "has more than 64 bits|longer than"),
        (lambda whole: whole + whole, "its graph is written twice"),
        (lambda whole: b"\x80" * 1_000_000, "has more than 64 bits"),
        (lambda whole: b"\x08\x01" * 2000, "has more than 1,000 parts"),
        (lambda whole: b"<html>Not found</html>", "is longer than|begins nothing|no graph"),
    ],
)
def test_damaged_files_are_told(
    tmp_path: Path, change: Callable[[bytes], bytes], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_MOST_FIELDS", 1000)
    path = tmp_path / "net.onnx"
    path.write_bytes(change(model(_OUT).SerializeToString()))
    with pytest.raises(ModelError, match=r"is no whole ONNX file: .*; fetch or export it again"):
        require_safe(path)
    with pytest.raises(ModelError, match=says):
        require_safe(path)


def test_texts_without_measure_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(wire, "_MOST_TEXT", 5000)
    path = save(tmp_path, "net", _OUT, metadata={f"key {n}": "x" * 1000 for n in range(9)})
    with pytest.raises(ModelError, match="has more than 5,000 bytes of names and metadata"):
        require_safe(path)


def test_a_file_larger_than_onnxruntime_reads_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(2**31 + 1)
    with pytest.raises(ModelError, match=r"has 2.1 GB, onnxruntime reads files up to 2 GB"):
        require_safe(path)


@pytest.mark.parametrize("name", ["net.ort", "net.onnx.txt", "net"])
def test_only_onnx_files_are_looked_at(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(model(_OUT).SerializeToString())
    with pytest.raises(ModelError, match="GeoSift runs networks in ONNX only"):
        require_safe(tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="there are no such files there")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    (tmp_path / "zero.onnx").symlink_to("/dev/zero")
    (tmp_path / "folder.onnx").mkdir()
    for name in ("pipe.onnx", "zero.onnx", "folder.onnx"):
        with pytest.raises(GeoSiftError, match="There is no file"):
            require_safe(tmp_path / name)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"opsets": {"": 99}}, r"needs operators of version 99 of ai.onnx, .* has those up to \d+"),
        ({"ir_version": 99}, r"ONNX's file version 99, the installed onnxruntime .* reads up to"),
        ({"op": "Frobnicate"}, "operator 'Frobnicate' does not exist in version 17"),
        ({"inputs": ["nothing"]}, "its graph has a gap: nothing makes 'nothing'"),
        (
            {"op": "MatMul", "inputs": ["image", "w"], "tensors": [_whole("w", 1, 2)]},
            "export it again",
        ),
    ],
    ids=str,
)
def test_what_onnxruntime_refuses_is_said_in_plain_words(tmp_path: Path, options, says) -> None:
    told = dict(options)
    node = helper.make_node(told.pop("op", "Relu"), told.pop("inputs", ["image"]), ["o"])
    made = model(_OUT, image=_IN, nodes=[node], tensors=told.pop("tensors", []), **{
        key: value for key, value in told.items() if key != "ir_version"
    })  # fmt: skip
    made.ir_version = told.get("ir_version", 8)
    path = tmp_path / "net.onnx"
    path.write_bytes(made.SerializeToString())
    with pytest.raises(ModelError, match=says) as caught:
        OnnxFile(path, called="net", callers=1, threads_per_call=1)
    assert "onnxruntime_src" not in str(caught.value)
    assert len(str(caught.value)) < 450


def test_a_network_that_wants_all_memory_says_so(tmp_path: Path) -> None:
    """What is computed cannot be foreseen: onnxruntime refuses it, or the system does."""
    nodes = [
        helper.make_node("Mul", ["a", "a"], ["r"]),
        helper.make_node("Tile", ["image", "r"], ["o"]),
    ]
    tensors = [_whole("a", 1, 1, 100_000, 100_000)]
    path = save(tmp_path, "net", _OUT, image=_IN, nodes=nodes, tensors=tensors)
    network = OnnxFile(path, called="net", callers=1, threads_per_call=1)
    with pytest.raises(ModelError, match="wants more memory than there is"):
        network.run(["o"], {"image": np.zeros((1, 3, 8, 8), np.float32)})


@pytest.mark.timeout(60)
def test_a_network_that_never_ends_is_given_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("geosift.inference.network.onnx_file._PATIENCE_S", 0.5)
    scalar = helper.make_tensor_value_info
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Relu", ["x"], ["y"]),
        ],
        "body",
        [
            scalar("i", TensorProto.INT64, []),
            scalar("go", TensorProto.BOOL, []),
            scalar("x", TensorProto.FLOAT, ["n", 3, 8, 8]),
        ],
        [scalar("on", TensorProto.BOOL, []), scalar("y", TensorProto.FLOAT, ["n", 3, 8, 8])],
    )
    node = helper.make_node("Loop", ["", "yes", "image"], ["o"], body=body)
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    path = save(tmp_path, "net", _OUT, image=_IN, nodes=[node], tensors=[yes])
    network = OnnxFile(path, called="net", callers=1, threads_per_call=1)
    with pytest.raises(ModelError, match="it did not finish: it repeats itself without an end"):
        network.run(["o"], {"image": np.zeros((1, 3, 8, 8), np.float32)})
