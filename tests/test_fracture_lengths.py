# SPDX-License-Identifier: GPL-2.0-or-later
"""Known laws come back from made lengths; figures of lengths against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from scipy import optimize, stats

from geosift.inference.fracture_numbers import rivals
from geosift.inference.fracture_numbers.lengths import lengths_of
from geosift.inference.fracture_numbers.power_law import best_fit, power_law_of
from geosift.inference.fracture_numbers.rivals import lowest, rivals_of


def drawn(exponent: float, *, count: int, least: float = 1.0, seed: int = 0) -> np.ndarray:
    """Lengths by a power law, by the inverse of its distribution."""
    random = np.random.default_rng(seed)
    return least * (1 - random.random(count)) ** (-1 / (exponent - 1))


@pytest.mark.parametrize("exponent", [1.8, 2.5, 3.2])
@pytest.mark.parametrize("seed", range(3))
def test_the_exponent_comes_back_within_its_error(exponent: float, seed: int) -> None:
    law = power_law_of(drawn(exponent, count=3000, seed=seed), seed=1)
    assert abs(law.exponent - exponent) < 3.5 * law.error
    assert law.error < 0.15
    assert law.p > 0.05


def test_where_the_law_begins_is_found() -> None:
    random = np.random.default_rng(3)
    values = np.concatenate([random.uniform(0.5, 5, 2000), drawn(2.5, count=2000, least=5.0)])
    law = power_law_of(values)
    assert 4 < law.least < 7
    assert abs(law.exponent - 2.5) < 4 * law.error


def test_what_follows_no_power_law_is_told() -> None:
    values = np.random.default_rng(0).exponential(1.0, 3000) + 1
    law = power_law_of(values[values > 1.01])
    exponential = {each.name: each for each in law.rivals}["exponential"]
    assert law.p < 0.1 or exponential.ratio < 0


def test_a_lognormal_is_recognised() -> None:
    values = np.random.default_rng(1).lognormal(0.0, 0.6, 4000)
    lognormal, exponential = rivals_of(values, exponent=best_fit(np.sort(values))[0],
                                       least=float(values.min()))  # fmt: skip
    assert lognormal.ratio < -3
    assert lognormal.p < 0.01
    assert exponential.name == "exponential"


def test_the_lognormal_tail_is_the_likeliest() -> None:
    """Against scipy's optimiser on the same likelihood."""
    values = np.random.default_rng(2).lognormal(0.3, 0.8, 800)
    least = 1.2
    tail = values[values >= least]

    def unlikely(at: np.ndarray) -> float:
        law = stats.lognorm(s=np.exp(at[1]), scale=np.exp(at[0]))
        return float(-law.logpdf(tail).sum() + tail.size * np.log(law.sf(least)))

    best = optimize.minimize(unlikely, [0.3, np.log(0.8)], method="Nelder-Mead").fun
    own = rivals._lognormal(tail, least)
    assert -own.sum() == pytest.approx(best, rel=1e-4)


def test_the_exponent_is_that_of_maximum_likelihood() -> None:
    values = np.sort(drawn(2.2, count=500))
    exponent, least, distance, count = best_fit(values)
    tail = values[values >= least]
    assert count == tail.size
    assert exponent == pytest.approx(1 + tail.size / np.log(tail / least).sum())
    law = stats.pareto(exponent - 1, scale=least)
    assert distance == pytest.approx(stats.kstest(tail, law.cdf).statistic, abs=1e-9)


def test_the_same_seed_gives_the_same_p() -> None:
    values = drawn(2.4, count=300)
    assert power_law_of(values, seed=7) == power_law_of(values, seed=7)


@pytest.mark.parametrize("values", [[], [3.0], [2.0] * 500, list(range(1, 9))])
def test_too_few_different_lengths_have_no_law(values: list[float]) -> None:
    assert power_law_of(np.array(values, float)) is None


def test_units_change_nothing_but_where_it_begins() -> None:
    values = drawn(2.5, count=400)
    metres, millimetres = power_law_of(values), power_law_of(1000 * values)
    assert millimetres.exponent == pytest.approx(metres.exponent)
    assert millimetres.least == pytest.approx(1000 * metres.least)
    for here, there in zip(metres.rivals, millimetres.rivals):
        assert there.ratio == pytest.approx(here.ratio, rel=1e-5)


@quick
@given(x=st.floats(-5, 5), y=st.floats(-5, 5))
def test_the_least_is_found(x: float, y: float) -> None:
    found = lowest(lambda at: (at[0] - x) ** 2 + 3 * (at[1] - y) ** 2 + 1, np.zeros(2))
    np.testing.assert_allclose(found, (x, y), atol=1e-5)


def test_figures_are_numpys() -> None:
    values = drawn(2.0, count=77)
    found = lengths_of(values, censored=5)
    assert (found.count, found.censored) == (77, 5)
    expected = (values.sum(), values.mean(), values.std(ddof=1), values.min(), values.max())
    told = (found.total, found.mean, found.spread, found.least, found.largest)
    assert told == pytest.approx(expected)
    assert (found.lower, found.median, found.upper) == pytest.approx(
        tuple(np.percentile(values, [25, 50, 75]))
    )
    assert lengths_of(np.zeros(0), censored=0) is None
