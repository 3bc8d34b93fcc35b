# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever goes wrong: one clear sentence, exit code 1, and nothing left behind."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import networks
import numpy as np
import onnx
import pytest
import rasterio
from made_rasters import noise, patches, write
from onnx import helper
from osgeo import ogr
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate

from geosift.inference import errors
from geosift.inference.card import ModelCard
from geosift.inference.catalog import Catalog
from geosift.inference.job import SegmentJob, run
from geosift.inference.prepare import View

_LEAVES = (
    errors.InputError,
    errors.CardError,
    errors.ModelError,
    errors.OutputError,
    errors.Cancelled,
)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    folder = tmp_path_factory.mktemp("network")
    return networks.smooth(folder, tile=64, halo=16, ring=8, fade=8)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("source") / "in.tif", patches(3, 150, 170))


def _outputs(folder: Path) -> dict[str, Path]:
    return {
        "output": folder / "out.tif",
        "confidence": folder / "sure.tif",
        "polygons": folder / "out.gpkg",
        "report": folder / "out.json",
    }


def _content(folder: Path) -> dict[str, bytes]:
    """Every file there, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


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


def _is_one_sentence(text: str) -> bool:
    return "\n" not in text and 20 < len(text) < 700 and text.rstrip()[-1] in ".)"


def _prepared(case: str, source: Path, card: ModelCard, folder: Path) -> tuple[dict, Path]:
    """Options of the bad job, and the folder its outputs would lie in."""
    made, out = folder / "made", folder / "out"
    made.mkdir()
    out.mkdir()
    options = {"source": source, "card": card.path.with_suffix(".json"), **_outputs(out)}
    options.update(BAD[case][0](made))
    if options["output"] == "the source":
        options["output"] = source
    return options, out


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(case, source, card, tmp_path: Path) -> None:
    options, out = _prepared(case, source, card, tmp_path)
    before = source.read_bytes()
    with pytest.raises(_LEAVES) as caught:
        options["card"] = Catalog().find(options["card"])
        run(SegmentJob(**{**options, "source": str(options["source"])}))
    message = str(caught.value)
    assert BAD[case][1] in message
    assert _is_one_sentence(message), message
    assert _content(out) == {}
    assert source.read_bytes() == before


@pytest.mark.parametrize("case", BAD_MASKS)
def test_a_bad_mask_is_one_sentence_and_leaves_nothing(case, source, card, tmp_path: Path) -> None:
    mask, says = BAD_MASKS[case]
    with pytest.raises(errors.InputError) as caught:
        run(SegmentJob(source=str(source), card=card, mask=mask, **_outputs(tmp_path)))
    assert says in str(caught.value)
    assert _is_one_sentence(str(caught.value))
    assert _content(tmp_path) == {}


def _as_arguments(options: Mapping[str, Any]) -> list[str]:
    names = {"bands": ",".join(map(str, options.get("bands", ())))}
    arguments = ["segment", str(options["source"]), str(options["output"])]
    for name, value in options.items():
        if name in ("source", "output"):
            continue
        flag = "--model" if name == "card" else f"--{name}"
        values = [names[name]] if name in names else value if name == "extent" else [value]
        arguments += [flag, *map(str, values)]
    return arguments


@pytest.fixture(scope="module")
def command_lines(source, card, tmp_path_factory, plain_environment) -> dict[str, tuple]:
    """Every bad case through the command line, all in one process of their own: exit code, what
    was printed, what was complained, and the folder of the outputs.
    """
    prepared = {
        case: _prepared(case, source, card, tmp_path_factory.mktemp("case")) for case in BAD
    }
    requests = [_as_arguments(options) for options, _ in prepared.values()]
    process = _python(plain_environment, str(Path(__file__).with_name("command_lines.py")))
    printed, complaint = process.communicate(json.dumps(requests), timeout=200)
    assert process.returncode == 0, complaint
    ended = json.loads(printed)
    return {case: (*end, out) for (case, (_, out)), end in zip(prepared.items(), ended)}


@pytest.mark.parametrize("case", BAD)
def test_the_command_line_ends_with_one_and_the_sentence(case: str, command_lines) -> None:
    code, printed, complaint, out = command_lines[case]
    assert code == 1
    assert printed == ""
    assert BAD[case][1] in complaint
    assert complaint.startswith("geosift: ")
    assert _is_one_sentence(complaint[:-1]), complaint
    assert complaint.endswith("\n")
    assert _content(out) == {}


def test_cancelled_at_any_moment_leaves_what_was_there(source, card, tmp_path: Path) -> None:
    """`cancelled` says yes when it is asked for the k-th time, for every k there is."""
    job = SegmentJob(source=str(source), card=card, simplify=1.0, **_outputs(tmp_path))
    asked = [0]

    def count() -> bool:
        asked[0] += 1
        return False

    tiles = run(job, cancelled=count).tiles
    whole = _content(tmp_path)
    total = asked[0]
    assert total > tiles + 10, "after every tile, and while polygons are made"
    for moment in range(1, total + 1):
        asked[0] = 0
        with pytest.raises(errors.Cancelled, match="nothing was written"):
            run(job, cancelled=lambda: count() or asked[0] >= moment)  # noqa: B023
        assert asked[0] == moment
        assert _content(tmp_path) == whole
    for path in tmp_path.iterdir():
        path.unlink()
    for moment in (1, total // 2, total):
        asked[0] = 0
        with pytest.raises(errors.Cancelled):
            run(job, cancelled=lambda: count() or asked[0] >= moment)  # noqa: B023
        assert _content(tmp_path) == {}


def test_an_exception_in_a_callback_leaves_nothing(source, card, tmp_path: Path) -> None:
    """Control-C arrives as an exception wherever Python happens to be."""
    job = SegmentJob(source=str(source), card=card, **_outputs(tmp_path))
    for moment in (1, 5, 18):
        left = [moment]

        def progress(percent: float) -> None:
            left[0] -= 1  # noqa: B023
            if left[0] == 0:  # noqa: B023
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(job, progress=progress)
        assert _content(tmp_path) == {}


@pytest.mark.parametrize("moment", [1, 2, 7])
@pytest.mark.timeout(60)
def test_an_exception_in_a_worker_ends_the_run(
    moment: int, source, card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in a worker is not swallowed, does not hang, and leaves nothing."""
    original, left = View.prepare, [moment]

    def prepare(self: View, *arguments: Any) -> np.ndarray:
        left[0] -= 1
        if left[0] == 0:
            raise MemoryError("no memory for this tile")
        return original(self, *arguments)

    monkeypatch.setattr(View, "prepare", prepare)
    job = SegmentJob(source=str(source), card=card, threads=3, **_outputs(tmp_path))
    with pytest.raises(MemoryError, match="this tile"):
        run(job)
    assert _content(tmp_path) == {}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("geosift")]


def _python(environment: Mapping[str, str], *arguments: str, **options: Any) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *arguments], env=dict(environment), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def _request(source: Path, card: ModelCard, folder: Path, **more: Any) -> str:
    job = {"source": str(source), **{key: str(path) for key, path in _outputs(folder).items()}}
    return json.dumps({"job": job, "card": str(card.path.with_suffix(".json")), **more})


_DYING = str(Path(__file__).with_name("dying_run.py"))


def _on_small_disks(
    request: str, limits: list[int], environment: Mapping[str, str]
) -> dict[int, tuple[str | None, str, list[str]]]:
    """What became of the run for each largest size of a file; a crash fails here."""
    process = _python(environment, _DYING, request)
    printed, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint[-2000:]
    return dict(zip(limits, json.loads(printed)))


def _limits(reference: Path, scratch: int) -> list[int]:
    """Sizes that strike in each file: at its start, in its middle, just before its end."""
    sizes = [path.stat().st_size for path in reference.iterdir()] + [scratch]
    ends = {size + change for size in sizes for change in (-1, -300, -5000)}
    return sorted({0, 100, 10**9, *(size // 2 for size in sizes), *ends} - set(range(-5000, 0)))


def _check_small_disks(became: dict, disks: Path, reference: Path) -> None:
    whole = _content(reference)
    for limit, (kind, message, files) in became.items():
        if kind is None:
            found = _content(disks / str(limit))
            assert sorted(found) == sorted(whole)
            for name in {"out.tif", "sure.tif"} & set(whole):
                made, expected = (rasterio.open(folder / name) for folder in
                                  (disks / str(limit), reference))  # fmt: skip
                with made, expected:
                    np.testing.assert_array_equal(made.read(), expected.read())
        else:
            assert kind == "OutputError", (limit, message)
            assert "disk" in message, (limit, message)
            assert _is_one_sentence(message), (limit, message)
            assert files == [], (limit, files)
    assert became[10**9][0] is None
    assert sum(kind is not None for kind, _, _ in became.values()) > len(became) // 2


@pytest.mark.parametrize("cache", ["64", "1"], ids=["blocks kept", "blocks written at once"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    cache: str, card, tmp_path: Path, plain_environment
) -> None:
    """No file may grow beyond so many bytes: what does not fit fails, what fits is whole.

    GDAL writes blocks when its cache (in MB) is full, or at the end: it fails elsewhere.
    """
    source = write(tmp_path / "in.tif", patches(3, 600, 1100))
    reference, disks = tmp_path / "reference", tmp_path / "disks"
    reference.mkdir()
    disks.mkdir()
    run(SegmentJob(source=str(source), card=replace(card, tile=512), **_outputs(reference)))
    limits = _limits(reference, 6 * 512 * 512)[(cache == "1") :: 2]
    limits = sorted({*limits, 10**9})
    request = _request(source, card, tmp_path, limits=limits, disks=str(disks))
    environment = {**plain_environment, "GDAL_CACHEMAX": cache}
    became = _on_small_disks(request, limits, environment)
    _check_small_disks(became, disks, reference)


def test_a_disk_full_while_the_cog_is_made(tmp_path: Path, plain_environment) -> None:
    """Noise does not compress: the COG with its overviews is larger than the scratch file."""
    source = write(tmp_path / "in.tif", noise(3, 512, 1024, high=255))
    card = networks.levels(tmp_path, steps=6, tile=256, halo=8, ring=2, fade=4)
    reference, disks = tmp_path / "reference", tmp_path / "disks"
    reference.mkdir()
    disks.mkdir()
    run(SegmentJob(source=str(source), card=card, output=reference / "out.tif"))
    scratch = 512 * 1024
    size = (reference / "out.tif").stat().st_size
    assert size > scratch + 2000
    limits = [scratch + 1000, (scratch + size) // 2, size - 300, size - 1, 10**9]
    job = {"source": str(source), "output": str(tmp_path / "out.tif")}
    request = {"job": job, "card": str(card.path.with_suffix(".json")), "limits": limits}
    became = _on_small_disks(
        json.dumps({**request, "disks": str(disks)}), limits, plain_environment
    )
    _check_small_disks(became, disks, reference)


def _require_whole(folder: Path) -> None:
    """Whatever has a final name can be read to the end."""
    for name in ("out.tif", "sure.tif"):
        if (folder / name).exists():
            assert validate(str(folder / name), full_check=True)[:2] == ([], [])
            with rasterio.open(folder / name) as made:
                made.read()
    if (folder / "out.gpkg").exists():
        dataset = ogr.Open(str(folder / "out.gpkg"))
        assert dataset.ExecuteSQL("PRAGMA integrity_check").GetNextFeature().GetField(0) == "ok"
        assert dataset.GetLayer(0).GetFeatureCount() > 0
    if (folder / "out.json").exists():
        json.loads((folder / "out.json").read_text())


@pytest.mark.parametrize(
    "moment",
    [{"die_at_progress": 1}, {"die_at_progress": 19}, {"die_at_progress": 24}]
    + [{"die_at_rename": number} for number in range(1, 6)],
    ids=lambda moment: "-".join(map(str, *moment.items())),
)
def test_killed_at_a_moment_no_file_looks_finished(
    moment, source, card, tmp_path: Path, plain_environment
) -> None:
    outputs = _outputs(tmp_path)
    process = _python(plain_environment, _DYING, _request(source, card, tmp_path, **moment))
    _, complaint = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, complaint
    left = {path.name for path in tmp_path.iterdir()}
    assert any(name.startswith(".") for name in left)
    if "die_at_progress" in moment:
        assert all(name.startswith(".") for name in left)
    _require_whole(tmp_path)
    result = run(SegmentJob(source=str(source), card=card, **outputs))
    assert result.output == outputs["output"]
    _require_whole(tmp_path)


def test_killed_at_random_the_old_files_are_whole_or_replaced_whole(
    card, tmp_path: Path, plain_environment
) -> None:
    source = write(tmp_path / "in.tif", patches(3, 900, 1100))
    out = tmp_path / "out"
    out.mkdir()
    job = SegmentJob(source=str(source), card=card, **_outputs(out))
    run(job)
    before = _content(out)
    pixels = {name: rasterio.open(out / name).read() for name in ("out.tif", "sure.tif")}
    options = {"source": source, "card": card.path.with_suffix(".json"), **_outputs(out)}
    chosen = random.Random(7)
    killed = 0
    for _ in range(4):
        process = _python(plain_environment, "-m", "geosift.inference", *_as_arguments(options))
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if any(path.name.startswith(".out.tif") for path in out.iterdir()):
                time.sleep(chosen.uniform(0.0, 0.6))
                process.kill()
                break
            time.sleep(0.01)
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        _require_whole(out)
        for name, expected in pixels.items():
            with rasterio.open(out / name) as made:
                np.testing.assert_array_equal(made.read(), expected)
        assert {name for name in _content(out) if not name.startswith(".")} == set(before)
    assert killed >= 1


def test_interrupted_at_the_keyboard_nothing_is_left(
    card, tmp_path: Path, plain_environment
) -> None:
    source = write(tmp_path / "in.tif", patches(3, 1500, 1500))
    out = tmp_path / "out"
    out.mkdir()
    options = {"source": source, "card": card.path.with_suffix(".json"), **_outputs(out)}
    process = _python(plain_environment, "-m", "geosift.inference", *_as_arguments(options))
    deadline = time.monotonic() + 60
    while not list(out.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    printed, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complaint == "geosift: Cancelled; nothing was written.\n"
    assert printed == ""
    assert _content(out) == {}


def test_what_cannot_be_overwritten_is_left_alone(source, card, tmp_path: Path) -> None:
    """The second output is a folder: neither the first one nor its old version is touched."""
    outputs = _outputs(tmp_path)
    run(SegmentJob(source=str(source), card=card, **outputs))
    before = _content(tmp_path)
    outputs["report"] = tmp_path / "taken"
    outputs["report"].mkdir()
    with pytest.raises(errors.OutputError, match="it is a folder"):
        run(SegmentJob(source=str(source), card=replace(card, id="other"), **outputs))
    assert _content(tmp_path) == before
    assert _content(outputs["report"]) == {}
