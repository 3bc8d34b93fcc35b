# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs that cannot be done, each with what its one sentence says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networks
import numpy as np
import onnx
from made_rasters import noise, write
from onnx import helper
from running import outputs_in

from geosift.inference.cards.card import ModelCard


def _without_band(path: Path) -> dict:
    return {"source": write(path / "gray.tif", noise(1, 40, 50))}


def _cut_short(path: Path) -> dict:
    source = write(path / "cut.tif", noise(3, 100, 100), compress="deflate")
    source.write_bytes(source.read_bytes()[:9000])
    return {"source": source}


def _damaged_inside(path: Path) -> dict:
    source = write(path / "hit.tif", noise(3, 300, 300), compress="deflate")
    content = bytearray(source.read_bytes())
    content[120_000:130_000] = bytes(10_000)
    source.write_bytes(content)
    return {"source": source}


def _complex(path: Path) -> dict:
    return {"source": write(path / "complex.tif", np.zeros((3, 20, 20), "complex64"))}


def _void(path: Path, dtype: str, value: float) -> dict:
    return {"source": write(path / "void.tif", np.full((3, 50, 50), value, dtype), nodata=value)}


def _text(path: Path) -> dict:
    (path / "text.tif").write_text("no raster")
    return {"source": path / "text.tif"}


def _changed_card(path: Path, **changes: Any) -> dict:
    """A card whose field contradicts its network; `input` and `output` are merged."""
    card = networks.smooth(path, tile=64, halo=16, ring=8, fade=8)
    raw = json.loads(card.path.with_suffix(".json").read_text())
    for key, value in changes.items():
        raw[key] = {**raw[key], **value} if isinstance(value, dict) else value
    card.path.with_suffix(".json").write_text(json.dumps(raw))
    return {"card": card.path.with_suffix(".json")}


def _card_without_network(path: Path) -> dict:
    found = _changed_card(path)
    found["card"].with_suffix(".onnx").unlink()
    return found


def _other_network(path: Path) -> dict:
    found = _changed_card(path)
    with found["card"].with_suffix(".onnx").open("ab") as network:
        network.write(b"\0")
    return found


def _network_that_fails(path: Path) -> dict:
    """Its own arithmetic only fits one size of tile, which nobody can see before it runs."""
    card = networks.smooth(path, stride=1, multiple=1, tile=64, halo=16, ring=8, fade=8)
    model = onnx.load(card.path)
    model.graph.node[-1].output[0] = "raw"
    model.graph.initializer.append(
        onnx.numpy_helper.from_array(np.zeros((1, 1, 7, 7), "f4"), "seven")
    )
    model.graph.node.append(helper.make_node("Add", ["raw", "seven"], ["scores"]))
    onnx.save(model, card.path)
    return _redigested(card)


def _redigested(card: ModelCard) -> dict:
    path = card.path.with_suffix(".json")
    raw = json.loads(path.read_text())
    raw["sha256"] = hashlib.sha256(card.path.read_bytes()).hexdigest()
    path.write_text(json.dumps(raw))
    return {"card": path}


def _classes(count: int) -> list[dict]:
    return [{"id": i, "name": str(i), "color": "#000000"} for i in range(count)]


def _square(left: float, top: float, size: float) -> dict:
    ring = [
        (left, top),
        (left + size, top),
        (left + size, top - size),
        (left, top - size),
        (left, top),
    ]
    return {"type": "Polygon", "coordinates": [ring]}


_FAR = (0.0, 0.0, 10.0, 10.0)
_POINT = {"type": "Point", "coordinates": [500_010, 5_799_990]}

BAD: dict[str, tuple[Callable[[Path], dict], str]] = {
    "missing raster": (lambda path: {"source": path / "none.tif"}, "check that it exists"),
    "folder as raster": (lambda path: {"source": path}, "cannot be opened as a raster"),
    "text as raster": (_text, "cannot be opened as a raster"),
    "raster cut short": (_cut_short, "damaged"),
    "raster damaged inside": (_damaged_inside, "damaged"),
    "complex raster": (_complex, "complex numbers"),
    "all nodata, 8 bits": (lambda path: _void(path, "uint8", 0), "no valid pixel"),
    "all nodata, 16 bits": (lambda path: _void(path, "uint16", 0), "no valid pixel"),
    "all NaN": (lambda path: _void(path, "float32", np.nan), "no valid pixel"),
    "too few bands": (_without_band, "needs 3 bands"),
    "band out of range": (lambda path: {"bands": (1, 2, 9)}, "Band 9 was chosen"),
    "too few bands chosen": (lambda path: {"bands": (1, 2)}, "choose one for each"),
    "no such model": (lambda path: {"card": "forests"}, "no model 'forests'"),
    "card without network": (_card_without_network, "put the file there"),
    "another network": (_other_network, "fetch the model again"),
    "card that is no JSON": (lambda path: _broken_json(path), "cannot be read"),
    "card with a wrong field": (
        lambda path: _changed_card(path, input={"tile": "large"}),
        "expected a number",
    ),
    "card of another dtype": (
        lambda path: _changed_card(path, input={"dtype": "float32"}),
        "correct the card",
    ),
    "card of other channels": (
        lambda path: _changed_card(
            path, input={"bands": ["r", "g"], "mean": [0, 0], "std": [1, 1]}
        ),
        "correct input.bands",
    ),
    "card of other classes": (
        lambda path: _changed_card(path, classes=_classes(4)),
        "correct the classes",
    ),
    "card of another output stride": (
        lambda path: _changed_card(path, output={"stride": 1}),
        "correct the card",
    ),
    "network that fails": (_network_that_fails, "failed"),
    "no folder": (lambda path: {"output": path / "none" / "out.tif"}, "create it first"),
    "a folder as output": (lambda path: {"output": path}, "it is a folder"),
    "a file as folder": (lambda path: {"output": _touched(path) / "out.tif"}, "no folder"),
    "no permission": (lambda path: {"output": Path("/proc/self/out.tif")}, "cannot be written"),
    "output is input": (lambda path: {"output": "the source"}, "named twice"),
    "two outputs alike": (lambda path: {"report": path.parent / "out" / "out.tif"}, "named twice"),
    "confidence not writable": (
        lambda path: {"confidence": path / "none" / "sure.tif"},
        "create it first",
    ),
    "polygons not writable": (
        lambda path: {"polygons": path / "none" / "out.gpkg"},
        "create it first",
    ),
    "report not writable": (
        lambda path: {"report": Path("/proc/self/o.json")},
        "cannot be written",
    ),
    "extent elsewhere": (lambda path: {"extent": _FAR}, "does not meet the raster"),
    "extent of nothing": (lambda path: {"extent": (float("nan"),) * 4}, "does not meet the raster"),
    "overlap too large": (lambda path: {"overlap": 40}, "give at most"),
    "overlap below 0": (lambda path: {"overlap": -3}, "at least 0"),
    "resolution of 0": (lambda path: {"resolution": 0.0}, "above 0"),
    "no thread": (lambda path: {"threads": 0}, "At least one thread"),
}
"""What makes it bad (changes to a good job, files made in a folder), and what the sentence says."""

BAD_MASKS: dict[str, tuple[tuple[dict, ...], str]] = {
    "mask elsewhere": ((_square(0, 0, 10),), "do not meet the raster"),
    "mask of points": ((_POINT,), "give a polygon layer"),
    "mask without polygons": ((), "do not meet the raster"),
    "mask between pixel centres": ((_square(500_010.6, 5_799_990.4, 0.3),), "outside the mask"),
}


def _broken_json(path: Path) -> dict:
    found = _changed_card(path)
    found["card"].write_text("{")
    return found


def _touched(path: Path) -> Path:
    (path / "file").touch()
    return path / "file"


def prepared(case: str, source: Path, card: ModelCard, folder: Path) -> tuple[dict, Path]:
    """Options of the bad job, and the folder its outputs would lie in."""
    made, out = folder / "made", folder / "out"
    made.mkdir()
    out.mkdir()
    options = {"source": source, "card": card.path.with_suffix(".json"), **outputs_in(out)}
    options.update(BAD[case][0](made))
    if options["output"] == "the source":
        options["output"] = source
    return options, out
