# SPDX-License-Identifier: GPL-2.0-or-later
"""From the decoder's cells to pixels: outlines follow the picture, and lose nothing on the way."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from laws import quick
from prompt_scenes import iou

from geosift.inference.prompt.asking import Guess
from geosift.inference.prompt.components import pointed_at, without_pinholes
from geosift.inference.prompt.look import Pyramid
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.prompt.refine import outlined, refined
from geosift.inference.raster.window import Window


def _disc(side: int = 200, radius: int = 60, row: int = 100, col: int = 100) -> np.ndarray:
    rows, cols = np.mgrid[:side, :side]
    return (rows - row) ** 2 + (cols - col) ** 2 < radius**2


def _blurred(mask: np.ndarray, sigma: float) -> np.ndarray:
    """Logits of a decoder that is unsure by `sigma` pixels."""
    chance = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma).clip(0.02, 0.98)
    return np.log(chance / (1 - chance))


def _picture(mask: np.ndarray, *, noise: float = 6) -> np.ndarray:
    random = np.random.default_rng(0)
    plain = np.where(mask, 170, 90)[np.newaxis] + random.normal(0, noise, (3, *mask.shape))
    return plain.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("off", [(0, 0), (2, 0), (-2, 1), (2, 2)])
@pytest.mark.parametrize("cell", [2, 4])
def test_an_outline_beside_the_edge_moves_to_it(off: tuple[int, int], cell: int) -> None:
    truth = _disc()
    logits = _blurred(_disc(row=100 + off[0], col=100 + off[1]), 3)
    before, after = iou(logits > 0, truth), iou(refined(logits, _picture(truth), cell=cell), truth)
    assert after >= before
    if any(off):
        assert 1 - after < 0.8 * (1 - before)


def test_where_the_picture_shows_no_edge_the_outline_stays() -> None:
    logits = _blurred(_disc(), 3)
    plain = np.full((3, 200, 200), 120, np.uint8)
    assert iou(refined(logits, plain, cell=2), logits > 0) > 0.99


@quick
@given(st.integers(0, 10_000), st.integers(1, 8), st.floats(0.5, 6))
def test_no_picture_changes_an_object_much(seed: int, cell: int, sigma: float) -> None:
    random = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(random.normal(size=(90, 110)), (0, 0), 2 + 6 * random.random())
    logits = (_blurred(blobs > 0, sigma)).astype(np.float32)
    picture = random.integers(0, 256, (3, 90, 110)).astype(np.uint8)
    before, after = logits > 0, refined(logits, picture, cell=cell)
    assert np.count_nonzero(before != after) <= 0.1 * np.count_nonzero(before)


def test_what_is_thin_is_kept() -> None:
    thin = np.zeros((200, 200), bool)
    thin[100:103, 20:180] = True
    logits = np.where(thin, 4.0, -4.0).astype(np.float32)
    found = refined(logits, _picture(_disc()), cell=4)
    assert iou(found, thin) > 0.85


def _guess(mask: np.ndarray, pyramid: Pyramid, level: int, x: float, y: float) -> Guess:
    return Guess(pyramid.look(level, x, y), np.where(mask, 4, -4).astype(np.float32), 0.8)


def _no_picture(level: int, window: Window) -> tuple[None, None]:
    return None, None


@pytest.mark.parametrize("level", [-2, -1, 0, 1, 2, 3, 4, 5])
def test_every_level_comes_to_base_pixels(level: int) -> None:
    """A square of half the decoder's window is as large on the ground as the level says."""
    pyramid = Pyramid(12_000, 11_000)
    mask = np.zeros((128, 128), bool)
    mask[32:96, 40:104] = True
    guess = _guess(mask, pyramid, level, 6000, 6400)
    window, found = outlined(guess, Prompt((Click(6000, 6400),)), pyramid, _no_picture)
    side = 128 * 2.0**level
    assert found.shape == (window.height, window.width)
    assert window.height == pytest.approx(side, abs=max(2, 2.0 ** (level - 2)))
    assert window.width == pytest.approx(side, abs=max(2, 2.0 ** (level - 2)))
    cells = guess.look.answer
    assert window.row_off == pytest.approx(cells.top + 32 * cells.down, abs=max(2, 2.0**level))
    assert window.col_off == pytest.approx(cells.left + 40 * cells.across, abs=max(2, 2.0**level))
    assert found.mean() > 0.97


def test_what_has_no_value_is_in_no_mask() -> None:
    pyramid, valid = Pyramid(256, 256), np.ones((256, 256), bool)
    valid[:128] = False
    guess = _guess(_disc(128, 40, 64, 64), pyramid, 0, 128, 128)

    def picture_of(level: int, window: Window) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((3, window.height, window.width), np.uint8), valid[window.slices()]

    window, mask = outlined(guess, Prompt((Click(128, 160),)), pyramid, picture_of)
    assert window.row_off >= 128
    assert mask.any()
    nothing = valid & False

    def nowhere(level: int, window: Window) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((3, window.height, window.width), np.uint8), nothing[window.slices()]

    assert outlined(guess, Prompt((Click(128, 160),)), pyramid, nowhere) is None


def test_an_empty_guess_is_no_object() -> None:
    pyramid = Pyramid(300, 300)
    guess = _guess(np.zeros((128, 128), bool), pyramid, 0, 150, 150)
    assert outlined(guess, Prompt((Click(150, 150),)), pyramid, _no_picture) is None


MASKS = arrays(bool, (30, 40))


@quick
@given(MASKS, st.floats(0, 39.9), st.floats(0, 29.9))
def test_the_part_under_a_click_is_whole_and_alone(mask, x: float, y: float) -> None:
    found = pointed_at(mask, Prompt((Click(x, y),)))
    assert not (found & ~mask).any()
    assert found.any() == mask.any()
    if mask[int(y), int(x)]:
        assert found[int(y), int(x)]
        count, _ = cv2.connectedComponents(found.astype(np.uint8), connectivity=4)
        assert count == 2
    rest = mask & ~found
    grown = cv2.dilate(found.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    assert not (rest & (grown > 0)).any()


@quick
@given(MASKS, st.integers(0, 20))
def test_only_small_holes_inside_are_filled(mask, most: int) -> None:
    found = without_pinholes(mask, most)
    assert (found | ~mask).all()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=8
    )
    for label in range(1, count):
        hole = labels == label
        at_edge = hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any()
        small = stats[label, cv2.CC_STAT_AREA] <= most
        assert found[hole].all() == (small and not at_edge)


def test_a_box_takes_what_lies_in_it_without_specks() -> None:
    mask = np.zeros((60, 60), bool)
    mask[10:20, 10:20] = mask[10:20, 24:33] = mask[50:60, 50:60] = True
    mask[30, 30] = True
    found = pointed_at(mask, Prompt(box=PromptBox(5, 5, 40, 40)))
    expected = mask.copy()
    expected[50:] = expected[30, 30] = False
    np.testing.assert_array_equal(found, expected)
