# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets of lines that were made are found again, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.fracture_numbers.sets import find_sets


def made(
    seed: int, count: int, means: tuple[float, ...], *, spread: float = 7.0, rest: float = 0.1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Azimuths, power-law lengths, and the set each line was made for (0: none)."""
    random = np.random.default_rng(seed)
    labels = random.integers(1, len(means) + 1, count) if means else np.zeros(count, int)
    azimuths = np.array([*means, 0.0])[labels - 1] + random.normal(0, spread, count)
    alone = random.random(count) < (rest if means else 1.0)
    azimuths[alone] = random.uniform(0, 180, int(alone.sum()))
    labels[alone] = 0
    lengths = (1 - random.random(count) * (1 - 30.0**-1.5)) ** (-1 / 1.5)
    return azimuths % 180, lengths, labels


@pytest.mark.parametrize(
    ("means", "count"),
    [
        (means, count)
        for means in [(12,), (3, 70), (178, 58, 118), (5, 50, 95, 140)]
        for count in (60, 300, 3000)
        if count >= 20 * len(means)  # with fifteen lines a set nobody could tell them
    ],
)
def test_sets_that_were_made_are_found(means: tuple[float, ...], count: int) -> None:
    hits = 0
    for seed in range(5):
        azimuths, lengths, labels = made(seed, count, means)
        found = find_sets(azimuths, lengths)
        hits += found.max() == len(means)
        if found.max() == len(means):
            numbers = range(1, 1 + len(means))
            named = [np.bincount(found[labels == each]).argmax() for each in numbers]
            assert sorted(named) == list(numbers)
            right = np.array([0, *named])[labels] == found
            assert right[labels > 0].mean() > 0.85
    assert hits >= 4


@pytest.mark.parametrize("count", [1, 2, 5, 30, 200, 4000])
def test_lines_that_run_anyhow_are_of_no_set(count: int) -> None:
    none = sum(find_sets(*made(seed, count, ())[:2]).max() == 0 for seed in range(10))
    assert none >= 8


def test_a_set_around_north_is_one() -> None:
    azimuths = np.array([175.0, 178, 0.5, 3, 6] * 12)
    assert set(find_sets(azimuths, np.ones(60)).tolist()) == {1}


def test_sets_are_numbered_by_length() -> None:
    azimuths = np.concatenate([np.linspace(40, 50, 60), np.linspace(120, 130, 20)])
    lengths = np.concatenate([np.ones(60), np.full(20, 9.0)])
    found = find_sets(azimuths, lengths)
    assert set(found[:60].tolist()) == {2}
    assert set(found[60:].tolist()) == {1}


@quick
@given(
    azimuths=st.lists(st.floats(0, 180), min_size=0, max_size=40),
    count=st.integers(0, 5),
    seed=st.integers(0, 99),
)
def test_every_line_is_told_its_set(azimuths: list[float], count: int, seed: int) -> None:
    """Whatever the lines, and in any order; a number that was asked is kept to."""
    lengths = np.random.default_rng(seed).uniform(0.1, 5, len(azimuths))
    found = find_sets(np.array(azimuths), lengths, count=count)
    assert found.shape == (len(azimuths),)
    if count and azimuths:
        assert found.min() >= 1
        assert found.max() <= count
    order = np.random.default_rng(seed).permutation(len(azimuths))
    again = find_sets(np.array(azimuths)[order], lengths[order], count=count)
    np.testing.assert_array_equal(again, found[order])
