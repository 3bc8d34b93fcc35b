# SPDX-License-Identifier: GPL-2.0-or-later
"""What `train` and `export` do for every task; each task's own part is in its folder."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from types import ModuleType

import cv2
import torch

from .errors import ConfigError
from .history import History


def _task(options: argparse.Namespace, part: str) -> ModuleType:
    return importlib.import_module(f".{options.network}.{part}", __package__)


def train(options: argparse.Namespace) -> None:
    """Train, or go on from the checkpoint in `options.out`."""
    if options.threads < 1:
        raise ConfigError(f"--threads is 1 or more, not {options.threads}")
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    task = _task(options, "commands")
    config = task.load_recipe(options.config)
    history = History(options.out)
    _keep_recipe(options.config, options.out, history)
    task.train(config, options, history)


def export(options: argparse.Namespace) -> None:
    """Write the network and its card if they pass the gate."""
    cv2.setNumThreads(1)
    config = _task(options, "commands").load_recipe(options.config)
    asked = {name: getattr(options, name) for name in ("data", "out", "models", "remark")}
    _task(options, "export").export(config, **asked)


def _keep_recipe(config: Path, out: Path, history: History) -> None:
    """Keep the recipe beside the checkpoints, and tell when it is not the one they began with."""
    kept, text = out / "recipe.toml", config.read_text(encoding="utf-8")
    if kept.exists() and kept.read_text(encoding="utf-8") != text:
        history.say(
            f"the recipe {config} has changed since this training began: begin anew in another "
            "--out, or tell it in the card with export --remark"
        )
    kept.write_text(text, encoding="utf-8")
