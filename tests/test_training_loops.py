# SPDX-License-Identifier: GPL-2.0-or-later
"""When a training looks at its network, when it saves, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from geosift.training.history import History
from geosift.training.loops import learn_8_bits, learn_float
from geosift.training.optimiser import Optimiser
from geosift.training.run import Run, at_two_rates, groups
from geosift.training.steps import Steps


@pytest.fixture
def run() -> Run:
    net = nn.Linear(2, 2)
    return Run.begin(net, groups(net.parameters(), rate=0.1, weight_decay=0.0))


def losses(run: Run, last: int) -> Iterator[float]:
    """Steps of the run up to the `last`."""
    while run.step < last:
        loss = run.net(torch.ones(3, 2)).pow(2).sum()
        yield run.descend(loss, factor=1.0, clip=1.0, decay=0.9)


def test_the_best_look_is_kept_and_looks_that_bring_nothing_end_it(
    run: Run, tmp_path: Path
) -> None:
    marks = {4: 0.5, 8: 0.7, 12: 0.6, 16: 0.7}
    steps = Steps(float=40, quantised=0, evaluate_every=4, checkpoint_every=3, patience=2)

    def look() -> None:
        run.keep_if_best(marks[run.step], tmp_path / "best.pt", figures={"f1": marks[run.step]})

    history = History(tmp_path)
    tools = {"steps": steps, "out": tmp_path, "history": history, "look": look}
    learn_float(run, losses(run, steps.float), **tools)
    assert run.step == 16 and run.best_step == 8
    assert json.loads((tmp_path / "best.json").read_text("utf-8")) == {"step": 8, "f1": 0.7}
    assert torch.load(tmp_path / "float.pt", weights_only=True)["step"] == 16
    assert "no better look since step 8" in (tmp_path / "log.txt").read_text("utf-8")


def test_8_bits_are_looked_at_before_the_first_step_and_after_the_last(
    run: Run, tmp_path: Path
) -> None:
    seen: list[int] = []
    tools = {"total": 7, "out": tmp_path, "history": History(tmp_path)}
    every = {"look_every": 3, "save_every": 5}
    learn_8_bits(run, losses(run, 7), look=lambda: seen.append(run.step), **tools, **every)
    assert seen == [0, 3, 6, 7]
    assert torch.load(tmp_path / "quantised_run.pt", weights_only=True)["step"] == 7
    kept = torch.load(tmp_path / "quantised.pt", weights_only=True)
    torch.testing.assert_close(kept, dict(run.average.state_dict()))


def test_what_is_known_learns_at_the_encoders_rate_and_what_is_frozen_not_at_all() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    net[0].requires_grad_(False)
    rates = Optimiser(0.01, 0.1, 0.001, 0.05, 0.9)
    known = [*net[0].parameters(), *net[1].parameters()]
    made = at_two_rates(net, known, rates)
    by_rate = {rate: {id(p) for g in made if g["rate"] == rate for p in g["params"]}
               for rate in (0.01, 0.1)}  # fmt: skip
    assert by_rate[0.01] == {id(p) for p in net[1].parameters()}
    assert by_rate[0.1] == {id(p) for p in net[2].parameters()}
