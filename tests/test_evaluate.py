# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training evaluate` from the command line to its files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from labelled import blocks, color_network, image_of, mask_of, save_picture, save_tile
from rasterio.transform import from_origin
from real_data import real_folders
from report_pages import Pictures

cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")

from geosift.inference.cards.catalog import Catalog  # noqa: E402
from geosift.training import __main__ as command_line  # noqa: E402
from geosift.training.data.land_cover import CLASSES, IGNORE  # noqa: E402
from geosift.training.report_pictures import WRONG, rgb  # noqa: E402

NAMES = [land.name.lower() for land in CLASSES]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network that answers the class whose mask colour is nearest: right unless one lies."""
    return color_network(tmp_path)


def evaluate(model: Path | str, data: Path, *more: object) -> int:
    arguments = ["evaluate", "landcover", "--model", model, "--data", data, *more]
    return command_line.main(list(map(str, arguments)))


def figures_of(model: Path | str, data: Path, *more: object) -> dict:
    out = data.parent / "figures.json"
    assert evaluate(model, data, "--json", out, *more) == 0
    return json.loads(out.read_text("utf-8"))


def test_figures_are_those_of_every_pixel(model: Path, tmp_path: Path) -> None:
    """Two pictures with known mistakes and a hole, against counts pixel by pixel."""
    data, pairs = tmp_path / "data", []
    for seed in (1, 2):
        truth, answer = blocks(90, 70, seed=seed), blocks(90, 70, seed=seed)
        answer[10:30, 5:40] = 2
        truth[60:, :20] = IGNORE
        save_picture(data / f"tile{seed}", f"a{seed}", image_of(answer), mask_of(truth))
        pairs.append((truth, answer))
    figures = figures_of(model, data)
    truth, answer = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
    known = truth != IGNORE
    ious = []
    for index, name in enumerate(NAMES):
        true, said = (truth == index) & known, (answer == index) & known
        hit, either = float((true & said).sum()), float((true | said).sum())
        ious.append(hit / either)
        assert figures[f"iou_{name}"] == pytest.approx(hit / either, abs=1e-5)
        assert figures[f"recall_{name}"] == pytest.approx(hit / true.sum(), abs=1e-5)
        for other, word in enumerate(NAMES):
            count = int((true & (answer == other)).sum())
            assert figures[f"confusion_{name}_{word}"] == count
    assert figures["mean_iou"] == pytest.approx(np.mean(ious), abs=1e-5)
    assert figures["accuracy"] == pytest.approx(np.mean(truth[known] == answer[known]), abs=1e-5)
    assert figures["pixels"] == known.sum() and figures["pictures"] == 2


def test_json_is_flat_and_says_what_was_run(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    save_tile(tmp_path / "tile9", blocks(96, 144))
    figures = figures_of(model, tmp_path / "tile9", "--threads", 1)
    assert all(isinstance(value, (int, float, str)) for value in figures.values())
    assert figures["sha256"] == Catalog().find(model).sha256 and figures["model"] == "colors"
    assert figures["command"].startswith("python -m geosift.training evaluate landcover --model")
    assert figures["mean_iou"] == figures["accuracy"] == figures["macro_f1"] == 1.0
    assert figures["calibration_error"] < 0.01  # this network is always sure, and right
    assert figures["labels"] == "classes" and figures["pictures"] == 1
    assert sum(v for k, v in figures.items() if k.startswith("confusion_")) == figures["pixels"]
    assert re.search(r"^mean_iou +1\.0000$", capsys.readouterr().out, re.MULTILINE)


def test_fields_may_be_land_or_vegetation(model: Path, tmp_path: Path) -> None:
    answer = np.full((80, 100), 1)
    answer[:40], answer[:, 90:] = 3, 4
    field = np.zeros((80, 100), bool)
    field[20:60, 50:] = True
    folder = tmp_path / "fields_somewhere"
    save_picture(folder, "41.1--88.2", image_of(answer), np.where(field, 255, 0))
    figures = figures_of(model, folder)
    assert figures["labels"] == "fields" and figures["pixels"] == 40 * 50
    assert figures["field_accuracy"] == 0.8
    assert (figures["field_share_land"], figures["field_share_vegetation"]) == (0.4, 0.4)
    assert figures["field_share_water"] == 0.2 and "mean_iou" not in figures


def test_buildings_are_seen_at_the_networks_own_metre(model: Path, tmp_path: Path) -> None:
    """Stripes of one pixel are there at 1 m a pixel, and melt into one another at 0.13 m."""
    building = (np.indices((128, 128)).sum(axis=0) % 2).astype(bool)
    folder = tmp_path / "data"
    save_picture(folder, "roof", image_of(np.where(building, 0, 3)), np.where(building, 255, 0))
    near = figures_of(model, folder, "--labels", "buildings", "--resolution-m", 1)
    assert [near[f"building_{what}"] for what in ("iou", "precision", "recall", "f1")] == [1] * 4
    far = figures_of(model, folder, "--labels", "buildings")
    assert far["resolution_m"] == 0.13 and far["building_iou"] < 0.6


def test_report_shows_truth_and_answer_and_needs_nothing(model: Path, tmp_path: Path) -> None:
    truth, answer = blocks(96, 144), blocks(96, 144)
    answer[40:60, 100:130] = (truth[40:60, 100:130] + 1) % 5
    save_picture(tmp_path / "tile<1>", "one", image_of(answer), mask_of(truth))
    shown = tmp_path / "shown.png"
    cv2.imwrite(str(shown), image_of(answer)[..., ::-1])
    page = tmp_path / "page.html"
    more = ("--report", page, "--show", shown)
    assert evaluate(model, tmp_path / "tile<1>", *more) == 0
    text = page.read_text("utf-8")
    found = Pictures(text)
    assert found.needs == [] and "url(" not in text and "tile<1>" not in text
    colors = np.array([rgb(color) for color in networks.COLORS])
    np.testing.assert_array_equal(found.pictures["one: Truth"], colors[truth])
    np.testing.assert_array_equal(found.pictures["one: Answer"], colors[answer])
    np.testing.assert_array_equal(found.pictures["shown.png: Land cover"], colors[answer])
    wrong = found.pictures["one: Where it is wrong"].astype(int)
    magenta = np.abs(wrong - rgb(WRONG)).sum(axis=-1) < 120  # JPEG smears
    assert magenta[44:56, 104:126].all() and not magenta[:30].any()
    assert {"Best window: Image", "one: Image", "shown.png: Image"} <= set(found.pictures)


def test_windows_shown_are_best_median_and_worst(model: Path, tmp_path: Path) -> None:
    truth = blocks(420, 1220, size=20)
    answer = truth.copy()
    middle = slice(420, 800)
    answer[:, middle] = np.where(blocks(420, 380, size=40, seed=8) > 2, 1, answer[:, middle])
    answer[:, 820:] = (answer[:, 820:] + 1) % 5
    save_picture(tmp_path / "tile1", "wide", image_of(answer), mask_of(truth))
    page = tmp_path / "page.html"
    assert evaluate(model, tmp_path / "tile1", "--report", page) == 0
    words = re.findall(
        r"<h3>(\w+) window</h3><p class=\"pale\">mean IoU ([\d.]+)", page.read_text()
    )
    names, values = zip(*((name, float(value)) for name, value in words))
    assert names == ("Best", "Median", "Worst")
    assert values[0] == 1.0 and values[0] > values[1] > values[2] and values[2] < 0.1


def _no_masks(folder: Path) -> tuple:
    (folder / "images").mkdir(parents=True)
    return (folder,)


def _no_picture(folder: Path) -> tuple:
    (folder / "masks").mkdir(parents=True)
    return _no_masks(folder)


def _unknown_color(folder: Path) -> tuple:
    mask = mask_of(blocks(40, 40))
    mask[7, 9] = (1, 2, 3)
    save_picture(folder, "a", image_of(blocks(40, 40)), mask)
    return (folder,)


def _placed(folder: Path, name: str, dtype: str = "uint8", bands: int = 3) -> Path:
    """A georeferenced raster of 40 x 40 pixels, as resources/sample has them."""
    folder.mkdir(exist_ok=True)
    with rasterio.open(
        folder / name, "w", driver="GTiff", count=bands, height=40, width=40, dtype=dtype,
        crs="EPSG:32633", transform=from_origin(5e5, 0, 1, 1),
    ) as dataset:  # fmt: skip
        dataset.write(np.random.default_rng(2).integers(0, 5, (bands, 40, 40)).astype(dtype))
    return folder / name


def _cut_short(folder: Path) -> tuple:
    whole = _placed(folder, "scene.tif").read_bytes()
    (folder / "scene.tif").write_bytes(whole[: len(whole) // 2])
    _placed(folder, "truth.tif", bands=1)
    return (folder,)


def _sixteen_bits(folder: Path) -> tuple:
    _placed(folder, "scene.tif", "uint16")
    _placed(folder, "truth.tif", bands=1)
    return (folder,)


def _good(folder: Path) -> Path:
    save_picture(folder, "a", image_of(blocks(40, 40)), mask_of(blocks(40, 40)))
    return folder


BAD = {
    "no folder": lambda folder: (folder,),
    "empty folder": lambda folder: (folder.mkdir(), (folder,))[1],
    "no masks": _no_masks,
    "no picture": _no_picture,
    "unknown colour": _unknown_color,
    "no such raster to show": lambda f: (_good(f), "--report", f / "r.html", "--show", f / "none"),
    "shown without a report": lambda f: (_good(f), "--show", f / "none"),
    "no such model": lambda f: (_good(f), "--model", "lndcover"),
    "model file without a card": lambda f: (_good(f), "--model", f / "net.onnx"),
    "resolution 0": lambda f: (_good(f), "--resolution-m", 0),
    "both in one file": lambda f: (_good(f), "--report", f.parent / "out" / "figures.json"),
    "cut short": _cut_short,
    "16 bits": _sixteen_bits,
    "held out of what": lambda f: (_good(f), "--held-out"),
    "report in no folder": lambda f: (_good(f), "--report", f / "none" / "r.html"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_no_file(
    case: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "figures.json").write_text("before", "utf-8")
    arguments = BAD[case](tmp_path / "data")
    capsys.readouterr()
    assert evaluate(model, *arguments, "--json", out / "figures.json") == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("geosift.training: ") and len(said) <= 2
    assert [path.name for path in out.iterdir()] == ["figures.json"]
    assert (out / "figures.json").read_text("utf-8") == "before"
    assert list(tmp_path.rglob("*.html")) == []


def test_what_cannot_be_measured_yet_is_said(capsys: pytest.CaptureFixture) -> None:
    assert command_line.main(["evaluate", "embed", "--model", "landcover", "--data", "."]) == 1
    said = capsys.readouterr().err
    assert "'embed'" in said and "landcover" in said and len(said.splitlines()) == 1


def test_a_network_of_other_things_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    networks.bright(tmp_path, channels=3)
    assert evaluate(tmp_path / "bright.onnx", _good(tmp_path / "data")) == 1
    assert "class 0" in capsys.readouterr().err


def test_needs_no_torch(model: Path, tmp_path: Path, plain_environment: Mapping[str, str]) -> None:
    program = (
        "import sys\n"
        "sys.modules.update({name: None for name in ('torch', 'onnx', 'qgis')})\n"
        "from geosift.training.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["evaluate", "landcover", "--model", model, "--data", _good(tmp_path / "data")]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], env=plain_environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "mean_iou                 1.0000" in done.stdout


def test_bundled_network_in_tiles_is_as_good_as_in_one_shot(tmp_path: Path) -> None:
    looks = pytest.importorskip("geosift.training.landcover.looks")
    from geosift.training.data.labelled_scene import Scene
    from geosift.training.one_shot import onnx_predictor
    from geosift.training.scene import FIRST_SAMPLE_SEED, generate

    card = Catalog().find("landcover")
    drawn = generate(FIRST_SAMPLE_SEED + 5, size=(512, 640), resolution_m=card.resolution_m)
    image, truth = drawn.image, drawn.truth
    save_picture(tmp_path / "tile1", "made", image, mask_of(truth))
    options = ("--resolution-m", card.resolution_m)
    figures = figures_of("landcover", tmp_path / "tile1", *options)
    predict = onnx_predictor(card.path, threads=1)
    wanted, _ = looks.evaluate_scenes(predict, [Scene("made", image, truth)])
    assert figures["mean_iou"] == pytest.approx(wanted["mean_iou"], abs=0.003)
    assert figures["mean_iou"] > 0.5
    surer = figures_of("landcover", tmp_path / "tile1", *options, "--augment", 4)
    assert surer["augment"] == 4 and surer["mean_iou"] != figures["mean_iou"]


@pytest.mark.parametrize("data", real_folders("dubai_landcover/val"))
def test_bundled_network_holds_up_on_the_validation_scene(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    assert evaluate("landcover", data / "dubai_landcover" / "val", "--json", out) == 0
    figures = json.loads(out.read_text("utf-8"))
    assert figures["pictures"] == 1 and 3.9e6 < figures["pixels"] <= 1974 * 2046
    assert figures["mean_iou"] > 0.58 and figures["accuracy"] > 0.86
