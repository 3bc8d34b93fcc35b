# SPDX-License-Identifier: GPL-2.0-or-later
"""`evaluate fractures`: curves against an oracle, classical tools on drawn lines, the command."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosift.training import __main__ as command_line
from geosift.training.errors import DataError
from geosift.training.fractures import evaluate
from geosift.training.fractures.answers import Answer
from geosift.training.fractures.classical import TOOLS, tuned
from geosift.training.fractures.curve import Curve, Tally
from geosift.training.fractures.faces import Face, find_pairs
from geosift.training.fractures.ridges import require_skimage


def line_face(name: str = "line", *, size: int = 160, seed: int = 3) -> Face:
    """Dark lines on uneven, noisy grey."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((size, size), np.uint8)
    cv2.line(truth, (10, 20), (size - 12, size - 30), 1, 4)
    cv2.line(truth, (size // 3, size - 5), (size // 2, 4), 1, 3)
    shade = cv2.GaussianBlur(rng.normal(0, 1, (size, size)), (0, 0), 20) * 400 + 130
    grey = shade - 45 * cv2.GaussianBlur(truth.astype(float), (0, 0), 0.8)
    image = grey[..., None] + rng.normal(0, 6, (size, size, 3))
    return Face(name, np.clip(image, 0, 255).astype(np.uint8), truth)


def by_hand(mask: np.ndarray, truth: np.ndarray, tolerance: int) -> tuple[float, float]:
    """Precision and recall from all distances."""
    answered, true = np.argwhere(mask), np.argwhere(truth)
    apart = np.hypot(*(answered[:, None] - true[None]).transpose(2, 0, 1))
    precision = (apart.min(axis=1) <= tolerance).mean() if len(answered) else 0.0
    recall = (apart.min(axis=0) <= tolerance).mean() if len(answered) else 0.0
    return precision, recall


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 4))
def test_every_threshold_is_counted_as_by_hand(seed: int, tolerance: int) -> None:
    rng = np.random.default_rng(seed)
    truth = (rng.random((14, 17)) < 0.06).astype(np.uint8)
    truth[3, 4] = 1
    levels = (rng.random(truth.shape) ** 3 * 6).astype(np.uint8)
    curve = Tally.of(levels, truth, tolerance=tolerance, count=6).curve()
    for level in range(6):
        precision, recall = by_hand(levels >= level, truth, tolerance)
        assert curve.precision[level] == pytest.approx(precision)
        assert curve.recall[level] == pytest.approx(recall)


def test_tallies_of_parts_add_up() -> None:
    rng = np.random.default_rng(1)
    pairs = [(rng.integers(0, 101, (20, 30), np.uint8), rng.random((20, 30)) < 0.1)
             for _ in range(2)]  # fmt: skip
    apart = [Tally.of(levels, truth, tolerance=2) for levels, truth in pairs]
    both = apart[0] + apart[1]
    gap = np.zeros((3, 30))
    joined = [np.vstack([one, gap, other]).astype(np.uint8) for one, other in zip(*pairs)]
    whole = Tally.of(*joined, tolerance=2)
    np.testing.assert_array_equal(both.found, whole.found)
    assert both.answered.sum() == 1200


def test_average_precision_of_known_curves() -> None:
    perfect = Curve(np.array([0.1, 1.0, 1.0]), np.array([1.0, 1.0, 0.4]))
    assert perfect.average_precision() == pytest.approx(1.0)
    half = Curve(np.array([0.2, 0.5, 1.0]), np.array([1.0, 0.6, 0.5]))
    assert half.average_precision() == pytest.approx(0.5 * 1 + 0.1 * 0.5 + 0.4 * 0.2)
    unreached = Curve(np.array([0.0, 1.0]), np.array([0.6, 0.6]))
    assert unreached.average_precision() == pytest.approx(0.6)
    assert half.best() == 2


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_classical_tools_find_a_drawn_line(tool: object) -> None:
    faces = [line_face(), line_face("second", seed=8)]
    best = tuned(tool, faces, tolerance=3)
    nothing_learnt = 2 * faces[0].truth.mean()  # F1 of answering everywhere is about that or less
    assert best.f1 > max(0.6, 3 * nothing_learnt) and best.average_precision > 0.5
    tallies = [
        Tally.of(mask.astype(np.uint8), face.truth, tolerance=3, count=2)
        for mask, face in zip(best.masks, faces)
    ]
    assert (tallies[0] + tallies[1]).curve().f1()[1] == pytest.approx(best.f1)


def write_folder(folder: Path, *faces: Face) -> Path:
    folder.mkdir(parents=True)
    for face in faces:
        cv2.imwrite(str(folder / f"{face.name}.jpg"), face.image[..., ::-1])
        cv2.imwrite(str(folder / f"{face.name}_mask.png"), face.truth * 255)
    return folder


def test_an_oracle_is_told_to_be_perfect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_folder(tmp_path / "faces", line_face("a"), line_face("b", seed=5))
    monkeypatch.setattr(evaluate, "require_two_classes", lambda card: None)
    monkeypatch.setattr(
        evaluate, "answer", lambda request, face: Answer(face.truth > 0, face.truth * 99, 0.1)
    )
    out, page = tmp_path / "f.json", tmp_path / "f.html"
    arguments = ["--model", "landcover", "--data", str(data), "--json", str(out)]
    assert command_line.main(["evaluate", "fractures", *arguments, "--report", str(page)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["f1"] == figures["best_f1"] == figures["average_precision"] == 1.0
    best = max(figures[f"{tool.name}_f1"] for tool in TOOLS)
    assert figures["best_classical_f1"] == best > 0.9
    assert figures["pictures"] == 2 and figures["tolerance"] == 3
    text = page.read_text(encoding="utf-8")
    assert "Precision by recall" in text and "Sato" in text and "tuned on none" in text


def fails(capsys: pytest.CaptureFixture[str], data: Path, model: str = "landcover") -> str:
    arguments = ["--model", model, "--data", str(data)]
    assert command_line.main(["evaluate", "fractures", *arguments]) == 1
    return capsys.readouterr().err


def test_another_network_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_folder(tmp_path / "faces", line_face())
    assert "two classes" in fails(capsys, data) and not list(tmp_path.glob("*.json"))


def test_odd_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is none"):
        find_pairs(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no such pair"):
        find_pairs(tmp_path)
    data = write_folder(tmp_path / "faces", line_face("a"), line_face("b"))
    (data / "b_mask.png").unlink()
    with pytest.raises(DataError, match=r"b\.jpg"):
        find_pairs(data)
    cv2.imwrite(str(data / "b_mask.png"), np.zeros((20, 20), np.uint8))
    with pytest.raises(DataError, match="20 x 20"):
        find_pairs(data)[1].read()
    (data / "a_mask.png").write_text("no picture")
    with pytest.raises(DataError, match="could not be read"):
        find_pairs(data)[0].read()


def test_masks_without_any_fracture_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    face = line_face()
    data = write_folder(tmp_path / "faces", Face("a", face.image, face.truth * 0))
    monkeypatch.setattr(evaluate, "require_two_classes", lambda card: None)
    assert "no fracture at all" in fails(capsys, data)


def test_what_to_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.filters", None)
    with pytest.raises(DataError, match="install it with pip install"):
        require_skimage()
