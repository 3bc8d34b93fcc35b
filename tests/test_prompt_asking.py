# SPDX-License-Identifier: GPL-2.0-or-later
"""From where is looked, and which of several answers is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.prompt.asking import (
    Guess,
    Request,
    ask,
    closer_looks,
    first_looks,
    look_at,
    ranked,
    worth,
)
from geosift.inference.prompt.look import Look, Pyramid
from geosift.inference.prompt.network import PromptNetwork
from geosift.inference.prompt.planes import LOGIT_CELLS, planes
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox

PYRAMID = Pyramid(4000, 5000)
CENTRE = Prompt((Click(2000, 2000),))


def _guess(look: Look, rows: slice, cols: slice, iou: float = 0.8) -> Guess:
    logits = np.full((128, 128), -5, np.float32)
    logits[rows, cols] = 5
    return Guess(look, logits, iou)


def _look(level: int = 0) -> Look:
    return PYRAMID.look(level, 2000, 2000)


MIDDLE = slice(48, 80)


def test_a_click_is_looked_at_from_every_level_and_a_box_from_one() -> None:
    assert [look.level for look in first_looks(PYRAMID, CENTRE, None, (2, 0, 1))] == [0, 1, 2]
    boxed = Prompt(box=PromptBox(1000, 1000, 1300, 1100))
    assert [look.level for look in first_looks(PYRAMID, boxed, None, (0, 1, 2))] == [1]


@pytest.mark.parametrize(("apart", "levels"), [(100, [0, 1, 2]), (300, [1, 2]), (2000, [4])])
def test_clicks_far_apart_are_looked_at_from_afar(apart: float, levels: list[int]) -> None:
    prompt = Prompt((Click(1000, 1000), Click(1000 + apart, 1100)))
    looks = first_looks(PYRAMID, prompt, None, (0, 1, 2))
    assert [look.level for look in looks] == levels
    for look in looks:
        for click in look.planned(prompt).clicks:
            assert 0 <= click.x <= 256
            assert 0 <= click.y <= 256


@quick
@given(
    st.floats(0, 4990), st.floats(0, 3990), st.floats(1, 6000), st.floats(1, 6000),
)  # fmt: skip
def test_a_box_on_the_raster_is_seen_whole_unless_it_is_larger_than_any_look(x, y, w, h) -> None:
    box = PromptBox(x, y, min(x + w, 5000), min(y + h, 4000))
    look = look_at(PYRAMID, box)
    there = look.planned(Prompt(box=box)).box
    assert -1 <= there.left <= there.right <= 257
    assert -1 <= there.top <= there.bottom <= 257


def test_no_level_is_coarser_than_one_that_sees_all() -> None:
    small = Pyramid(200, 180)
    box = Prompt(box=PromptBox(0, 0, 180, 200))
    assert [look.level for look in first_looks(small, box, None, (0, 1, 2))] == [0]
    assert [look.level for look in first_looks(small, Prompt((Click(5, 5),)), None, (0, 1, 2))] == [
        0
    ]


def test_what_contradicts_the_clicks_counts_less() -> None:
    look = _look()
    wrong = Prompt((*CENTRE.clicks, Click(2000, 2090, positive=False)))
    tight, wide = _guess(look, MIDDLE, MIDDLE, 0.7), _guess(look, slice(40, 120), MIDDLE, 0.8)
    assert ranked([(wide, tight)], CENTRE)[0] is wide
    assert ranked([(wide, tight)], wrong)[0] is tight
    missed = replace(CENTRE, clicks=(*CENTRE.clicks, Click(2000, 2060)))
    assert worth(tight, missed) < worth(tight, CENTRE)
    beyond = replace(CENTRE, clicks=(*CENTRE.clicks, Click(3999, 2000)))
    assert worth(tight, beyond) < worth(tight, CENTRE)


def test_what_the_window_cuts_off_counts_less() -> None:
    look = _look()
    whole, cut = _guess(look, MIDDLE, MIDDLE, 0.7), _guess(look, slice(0, 128), slice(0, 128), 0.8)
    assert ranked([(cut,), (whole,)], CENTRE)[0] is whole


def test_the_best_of_each_look_comes_before_the_others() -> None:
    near, far = _look(0), _look(1)
    guesses = [_guess(near, MIDDLE, MIDDLE, iou) for iou in (0.9, 0.85)]
    other = _guess(far, MIDDLE, MIDDLE, 0.5)
    assert ranked([guesses, (other,)], CENTRE) == [guesses[0], other, guesses[1]]


def test_a_closer_look_is_taken_of_the_best_and_once_of_the_same() -> None:
    """One object of 64 pixels, seen from three levels, comes to one look; another to another."""
    same = [
        _guess(_look(level), slice(64 - half, 64 + half), slice(64 - half, 64 + half), 0.8)
        for level, half in ((0, 16), (1, 8), (2, 4))
    ]
    found = closer_looks(PYRAMID, CENTRE, same)
    assert len(found) == 1
    assert found[0][1].look.level == -1
    assert found[0][1].before.shape == (128, 128)
    large = _guess(_look(2), slice(20, 110), slice(20, 110), 0.9)
    levels = {request.look.level for _, request in closer_looks(PYRAMID, CENTRE, [*same, large])}
    assert levels == {-1, 3}
    empty = Guess(_look(), np.full((128, 128), -5, np.float32), 0.9)
    assert closer_looks(PYRAMID, CENTRE, [empty]) == []


class _Slots(PromptNetwork):
    """A decoder whose masks are 1 where a click is, and which notes what it is asked."""

    def __init__(self) -> None:
        """There are no files."""
        self.calls: list[np.ndarray] = []

    def decode(self, features: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.calls.append(told)
        clicked = told[:, 0].max(axis=(1, 2)) > 0
        masks = np.zeros((len(told), 3, LOGIT_CELLS, LOGIT_CELLS), np.float32)
        masks += clicked[:, None, None, None]
        return masks, np.tile(np.float32([0.2, 0.9, 0.4]), (len(told), 1))


SEEN = np.zeros((1, 64, 64), np.uint8)
BOX = PromptBox(40, 40, 90, 70)


def test_a_box_is_asked_about_without_a_click_and_with_one_in_several_places() -> None:
    look, network = Pyramid(256, 256).look(0, 128, 128), _Slots()
    asked = [
        Request(Prompt((), BOX), look),
        Request(Prompt((Click(60, 60),), BOX), look),
        Request(Prompt((Click(60, 60),)), look),
    ]
    answers = ask(network, asked, [SEEN] * 3)
    inside = [(65, 55), (55, 49), (75, 49), (55, 61), (75, 61)]
    ways = [Prompt((), BOX), *(Prompt((Click(*place),), BOX) for place in inside)]
    (told,) = network.calls
    np.testing.assert_allclose(
        told, np.stack([planes(each) for each in (*ways, asked[1].prompt, asked[2].prompt)])
    )
    assert [len(answer) for answer in answers] == [4, 3, 3]
    # First what all agree on, then the mean of those without a click and with one in the middle.
    assert (answers[0][0].logits > 0.5).all()
    assert [guess.logits.max() for guess in answers[0][1:]] == [0.5, 0.5, 0.5]
    # Half of the expected IoU is how firm a mask stands: 1 for 1 everywhere, 0 for 0.5.
    assert [guess.iou for guess in answers[0][1:]] == pytest.approx([0.45, 0.2, 0.1])
    for answer in answers[1:]:
        assert [guess.iou for guess in answer] == pytest.approx([0.95, 0.7, 0.6])
        assert all((guess.logits == 1).all() for guess in answer)


def test_many_boxes_are_asked_in_calls_of_bounded_size_and_keep_their_answers() -> None:
    look, network = Pyramid(256, 256).look(0, 128, 128), _Slots()
    asked = [Request(Prompt((), PromptBox(40, 40, 90, 70 + k)), look) for k in range(12)]
    together = ask(network, asked, [SEEN] * 12)
    assert [len(call) for call in network.calls] == [32, 32, 8]
    for request, answer in zip(asked, together):
        (alone,) = ask(_Slots(), [request], [SEEN])
        assert [guess.iou for guess in answer] == [guess.iou for guess in alone]
        np.testing.assert_array_equal(answer[0].logits, alone[0].logits)
