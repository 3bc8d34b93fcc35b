# SPDX-License-Identifier: GPL-2.0-or-later
"""`evaluate prompt` from the command line to its files, on networks with a known answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")
pytest.importorskip("onnx", reason="networks of the tests are made with it")

import made_pairs  # noqa: E402
import networks  # noqa: E402
import prompt_networks  # noqa: E402
from labelled import mask_of, save_picture  # noqa: E402
from report_pages import Pictures  # noqa: E402

from geosift.inference.prompt.prompts import Click, Prompt  # noqa: E402
from geosift.inference.raster.window import Window  # noqa: E402
from geosift.training import __main__ as command_line  # noqa: E402
from geosift.training.data.land_cover import IGNORE  # noqa: E402
from geosift.training.evaluation import spread  # noqa: E402
from geosift.training.prompt.config import load_prompt  # noqa: E402
from geosift.training.prompt.evaluate import RECIPE  # noqa: E402
from geosift.training.prompt.examples import ANSWER, BOX, ON, TRUTH, chosen  # noqa: E402
from geosift.training.prompt.figures import Measured, flat  # noqa: E402
from geosift.training.prompt.instances import Instance  # noqa: E402
from geosift.training.prompt.trial import (  # noqa: E402
    MOST_CLICKS,
    after,
    click_by_click,
    clicks_needed,
    placed,
)
from geosift.training.report_pictures import rgb  # noqa: E402

BUILDING, VEGETATION, WATER = 0, 3, 4


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a network that finds all that has the colour pointed at."""
    folder = tmp_path / "model"
    folder.mkdir()
    prompt_networks.same_colour(folder)
    return folder


def scene() -> np.ndarray:
    """Class ids (300, 400): a lake, two roofs and a lawn on unlabelled ground."""
    rows, columns = np.indices((300, 400))
    truth = np.full((300, 400), IGNORE)
    truth[np.hypot(rows - 100, columns - 120) < 60] = WATER
    truth[40:80, 240:300] = BUILDING
    truth[150:190, 260:360] = BUILDING
    truth[220:280, 40:220] = VEGETATION
    return truth


def data(folder: Path) -> Path:
    """Colours as in the mask, grey where nothing is labelled: every object can be told apart.

    A little grain: colours without any spread are no distribution to GrabCut.
    """
    truth = scene()
    grain = np.random.default_rng(4).integers(-3, 4, (*truth.shape, 3))
    save_picture(folder, "a", np.clip(mask_of(truth) + grain, 0, 255), mask_of(truth))
    return folder


def evaluate(model: Path | str, folder: Path, *more: object) -> int:
    arguments = ["evaluate", "prompt", "--model", model, "--data", folder, "--threads", 1, *more]
    return command_line.main(list(map(str, arguments)))


def figures_of(model: Path | str, folder: Path, *more: object) -> dict:
    out = folder.parent / "figures.json"
    assert evaluate(model, folder, "--json", out, *more) == 0
    return json.loads(out.read_text("utf-8"))


def test_what_has_one_colour_is_found_by_network_and_classical_tools(
    model: Path, tmp_path: Path
) -> None:
    figures = figures_of(model, data(tmp_path / "data"))
    for name in ("click1_iou", "click3_iou", "click5_iou", "box_iou"):
        assert figures[name] > 0.93, name
    assert figures["clicks_to_80"] == 1
    assert figures["region_click1_iou"] > 0.97
    assert figures["grabcut_box_iou"] > 0.9 and figures["grabcut_seeded_box_iou"] > 0.9
    # Rectangles fill their box, a disc pi / 4 of it.
    assert figures["fill_exact_box_iou"] == pytest.approx((3 + np.pi / 4) / 4, abs=0.005)
    assert 0.7 < figures["fill_box_iou"] < figures["fill_exact_box_iou"]
    assert (figures["instances"], figures["of"], figures["pictures"]) == (4, 4, 1)
    assert figures["instances_building"] == 2 and figures["instances_large"] == 2
    assert all(isinstance(value, (int, float, str)) for value in figures.values())


def test_boxes_come_back_and_clicks_find_nothing(tmp_path: Path) -> None:
    """A network that gives back the box: as good as filling it, and blind to clicks."""
    card = prompt_networks.echo(tmp_path, plane=2)
    figures = figures_of(card.path, data(tmp_path / "data"))
    assert figures["box_iou"] == pytest.approx(figures["fill_box_iou"], abs=0.02)
    assert figures["clicks_to_80"] == MOST_CLICKS == 20
    assert figures["click1_iou"] == figures["click5_iou"] == 0


def test_other_peoples_pair_is_measured_from_its_folder(tmp_path: Path) -> None:
    made_pairs.make(tmp_path / "pair", made_pairs.EDGE_SAM)
    figures = figures_of(tmp_path / "pair", data(tmp_path / "data"))
    assert figures["box_iou_building"] > 0.9 and figures["clicks_to_80_building"] == 1


def test_limit_takes_objects_at_even_distances(model: Path, tmp_path: Path) -> None:
    figures = figures_of(model, data(tmp_path / "data"), "--limit", 2)
    assert (figures["instances"], figures["of"]) == (2, 4)
    everything = tuple(range(100))
    assert spread(everything, None) == spread(everything, 100) == everything
    assert spread(everything, 4) == (12, 37, 62, 87) and spread(everything, 1) == (50,)


def test_the_same_run_gives_the_same_figures(model: Path, tmp_path: Path) -> None:
    first, second = (figures_of(model, data(tmp_path / "data")) for _ in range(2))
    changing = {"seconds"}
    assert {k: v for k, v in first.items() if k not in changing} == {
        k: v for k, v in second.items() if k not in changing
    }


def test_report_shows_prompts_and_answers(model: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert evaluate(model, data(tmp_path / "data<1>"), "--report", page) == 0
    text = page.read_text("utf-8")
    found = Pictures(text)
    assert found.needs == [] and "data<1>" not in text
    titles = re.findall(r"<h3>(.*?)</h3>", text)
    assert titles == ["Building: best", "Building: worst", "Vegetation: best", "Water: best"]
    assert "What is taken for what" not in text and text.count("Class by class") == 1
    assert len(found.pictures) == 6 * 4
    for caption, colors in (
        ("Labelled", [TRUTH]),
        (r"Box: [\d.]+, [\d.]+ expected", [ANSWER, BOX]),
        (r"1 click: [\d.]+, [\d.]+ expected", [ANSWER, ON]),
        (r"5 clicks: [\d.]+, [\d.]+ expected", [ANSWER, ON]),
        (r"GrabCut from the box: [\d.]+", [ANSWER, BOX]),
        (r"Magic wand, 5 clicks: [\d.]+", [ANSWER, ON]),
    ):
        (pixels,) = (
            value for alt, value in found.pictures.items()
            if re.fullmatch(f"Water: best: {caption}", alt)
        )  # fmt: skip
        for color in colors:
            near = np.abs(pixels.astype(int) - rgb(color)).sum(axis=-1) < 120  # JPEG smears
            assert near.sum() > 15, (caption, color)


def _two_cards(folder: Path) -> tuple:
    prompt_networks.same_colour(folder / "model", name="second")
    return (folder / "model",)


def _segmenter(folder: Path) -> tuple:
    networks.bright(folder, channels=3)
    return (folder / "bright.onnx",)


BAD = {
    "limit 0": (lambda f: (f / "model", "--limit", 0), "--limit is a number"),
    "no such model": (lambda f: (f / "none",), "none"),
    "folder of two": (_two_cards, "2 .json files"),
    "another kind": (_segmenter, "a model for prompt is needed"),
    "held out of what": (lambda f: (f / "model", "--held-out"), "fields_cornbelt"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_no_file(
    case: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    folder, out = data(tmp_path / "data"), tmp_path / "figures.json"
    arguments, words = BAD[case]
    used, *more = arguments(tmp_path)
    assert evaluate(used, folder, "--json", out, *more) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and words in said[0] and not out.exists()


def test_held_out_fields_are_those_of_the_recipe(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fields_cornbelt"
    (folder / "instances").mkdir(parents=True)
    apart = load_prompt(RECIPE).held_out_fields
    for number in range(30):
        numbers = np.zeros((40, 40), np.uint8)
        if number > 0:  # nothing is to be seen on the first, which counts all the same
            numbers[10:30, 10:18] = 1
            numbers[10:30, 22:30] = 2 if number in apart else 0
        image = np.full((40, 40, 3), (numbers * 100 + number)[..., None])
        save_picture(folder, f"{number:02d}", image, (numbers > 0) * 255)
        cv2.imwrite(str(folder / "instances" / f"{number:02d}.png"), numbers)
    figures = figures_of(model, folder, "--held-out", "--limit", 2)
    assert figures["of"] == 2 * len(apart) >= 16 and figures["instances"] == 2
    assert figures_of(model, folder, "--limit", 1)["of"] == 29 + len(apart)


def test_needs_no_torch(model: Path, tmp_path: Path, plain_environment: Mapping[str, str]) -> None:
    program = (
        "import sys\n"
        "sys.modules.update({name: None for name in ('torch', 'onnx', 'qgis')})\n"
        "from geosift.training.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["evaluate", "prompt", "--model", model, "--data", data(tmp_path / "data")]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments), "--limit", "1"],
        env=plain_environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^clicks_to_80 +1\.0000$", done.stdout, re.MULTILINE)


def _measured(number: int, name: str, side: int, seed: int) -> Measured:
    dice = np.random.default_rng((number, seed))
    window = Window(0, 0, side, side)
    instance = Instance(Path("a.png"), number, name, window, np.ones((side, side), bool), window)
    names = ("box_iou", "click1_iou", "click5_iou", "clicks_to_80")
    values = {key: float(dice.random()) for key in names}
    return Measured(instance, values, tuple(map(tuple, dice.random((4, 2)).tolist())))


def test_means_of_classes_and_sizes_are_the_mean_of_all() -> None:
    measured = [
        _measured(number, "Bare land" if number % 3 else "Water", (20, 60, 200)[number % 4 // 2], 1)
        for number in range(23)
    ]
    figures = flat(measured)
    for name in ("box_iou", "clicks_to_80"):
        values = [one.figures[name] for one in measured]
        assert figures[name] == pytest.approx(np.mean(values), abs=1e-5)
        for groups in (("bare_land", "water"), ("small", "medium")):
            count = sum(figures[f"instances_{group}"] for group in groups)
            total = sum(figures[f"{name}_{g}"] * figures[f"instances_{g}"] for g in groups)
            assert count == 23 and total / count == pytest.approx(figures[name], abs=2e-5)
    assert "box_iou_large" not in figures  # none is
    pairs = np.array([one.estimates for one in measured])
    for name, values in (("", pairs.reshape(-1, 2)), ("_click3", pairs[:, 2])):
        wanted = np.corrcoef(values.T)[0, 1]
        assert figures[f"iou_correlation{name}"] == pytest.approx(wanted, abs=1e-5)


def test_a_constant_estimate_correlates_with_nothing() -> None:
    one = _measured(0, "Water", 20, 1)
    same = [Measured(one.instance, one.figures, ((0.5, share),) * 4) for share in (0.1, 0.9)]
    assert flat(same)["iou_correlation"] == 0.0


def test_best_median_and_worst_are_chosen() -> None:
    measured = [_measured(number, "Water", 20, 5) for number in range(9)]
    order = sorted(measured, key=lambda one: -one.rank)
    assert chosen(measured) == [
        ("Water: best", order[0]), ("Water: median", order[4]), ("Water: worst", order[8]),
    ]  # fmt: skip
    assert [title for title, _ in chosen(measured[:1])] == ["Water: best"]
    assert [title for title, _ in chosen(measured[:2])] == ["Water: best", "Water: worst"]


def _answering(truth: np.ndarray, *, good_from: int):
    """Wrong in the lower half of the truth until the click `good_from`, then right."""

    def ask(prompt: Prompt) -> tuple[np.ndarray, float]:
        answer = truth.copy()
        if len(prompt.clicks) < good_from:
            answer[len(truth) // 2 :] = False
        return answer, 0.5

    return ask


@pytest.mark.parametrize("good_from", [1, 2, 4, 5, 7, 20, 99])
def test_clicks_go_on_until_it_is_good(good_from: int) -> None:
    truth = np.zeros((60, 60), bool)
    truth[10:50, 5:55] = True
    ask = _answering(truth, good_from=good_from)
    answers = click_by_click(truth, Click(30.5, 30.5), ask, most=MOST_CLICKS)
    assert clicks_needed(answers) == min(good_from, 20)
    assert len(answers) == min(good_from, 20)  # one right to the pixel leaves nothing to click
    assert after(answers, 5).iou == (1.0 if good_from <= 5 else 0.5)
    counts = [len(answer.prompt.clicks) for answer in answers]
    assert counts == list(range(1, len(answers) + 1))
    assert len(set(answers[-1].prompt.clicks)) == len(answers)
    assert len(click_by_click(truth, Click(30.5, 30.5), ask, most=5)) == min(good_from, 5)


def test_five_clicks_are_made_even_when_fewer_are_good_enough() -> None:
    truth = np.zeros((60, 60), bool)
    truth[10:50, 5:55] = True
    almost = truth.copy()
    almost[10:12] = False

    answers = click_by_click(truth, Click(30.5, 30.5), lambda prompt: (almost, 1.0), most=20)
    assert len(answers) == 5 and clicks_needed(answers) == 1


def test_masks_are_cut_to_where_they_are_judged() -> None:
    mask = np.arange(1, 13).reshape(3, 4) % 2 == 1
    whole = placed(Window(2, 3, 3, 4), mask, onto=Window(0, 0, 8, 9))
    np.testing.assert_array_equal(whole[2:5, 3:7], mask)
    assert whole.sum() == mask.sum()
    onto = Window(3, 4, 4, 2)
    np.testing.assert_array_equal(placed(Window(2, 3, 3, 4), mask, onto=onto), whole[onto.slices()])
    assert not placed(Window(90, 3, 3, 4), mask, onto=onto).any()


def test_scenes_are_written_as_pictures_that_can_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geosift.training.data import made_pictures, made_scenes
    from geosift.training.data.pictures import find_pictures
    from geosift.training.scene import FIRST_SAMPLE_SEED, __main__

    monkeypatch.setattr(made_scenes, "GENERATED_SIDE", 96)
    monkeypatch.setattr(sys, "argv", ["scene", str(tmp_path), "--pictures", "2"])
    __main__.main()
    found = find_pictures(tmp_path)
    assert [picture.name for picture in found] == ["generated1001000", "generated1001001"]
    assert made_pictures.FIRST_SEED >= FIRST_SAMPLE_SEED
    for seed, picture in enumerate(found, made_pictures.FIRST_SEED):
        wanted = made_scenes.generated_scene(made_pictures.RESOLUTION_M, seed)
        np.testing.assert_array_equal(picture.read().image, wanted.image)
        np.testing.assert_array_equal(picture.read().truth, wanted.truth)
    assert capsys.readouterr().out.count(" bytes") == 2
