# SPDX-License-Identifier: GPL-2.0-or-later
"""`train prompt`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..errors import DataError
from ..history import History
from ..leak import require_unseen
from .config import PromptConfig, load_prompt
from .quantise import train_quantised
from .sampler import PromptSampler
from .scenes import Pool, training_pools, validation_pools
from .train import new_run, train_float

START = Path("landcover") / "float_best.pt"
"""The land-cover network to begin with, beside the folder of this training."""

load_recipe = load_prompt


def train(config: PromptConfig, options: argparse.Namespace, history: History) -> None:
    """Train encoder and decoder and the encoder's 8 bits, or go on from their checkpoints."""
    start = options.out.parent / START
    if not start.exists():
        raise DataError(f"{start} should hold the land-cover network: train landcover first")
    pools, kept = training_pools(config, options.data), validation_pools(config, options.data)
    require_unseen(
        (scene for pool, _ in pools for scene in pool.scenes),
        (scene for pool in kept for scene in pool.scenes),
    )
    sampler = PromptSampler(
        pools,
        config.prompts,
        config.augment,
        crops=config.steps.crops,
        seed=config.seed,
    )
    if options.stage in ("float", "all"):
        run = new_run(config, start)
        run.load(options.out / "float.pt")
        train_float(
            run,
            sampler,
            validation=looks(config, kept),
            config=config,
            out=options.out,
            history=history,
        )
    if options.stage in ("quantised", "all"):
        train_quantised(config, sampler, out=options.out, history=history)


def looks(config: PromptConfig, kept: list[Pool]) -> list[tuple[str, PromptSampler]]:
    """What the training is judged by: pictures kept apart, neither turned nor recoloured."""
    how = replace(config.prompts, box_share=0.5)
    return [(pool.name, PromptSampler([(pool, 1.0)], how, None, crops=4, seed=1)) for pool in kept]
