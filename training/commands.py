# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line does: one function a verb."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import torch

from .augment import training_sampler
from .config import load_landcover
from .evaluate import evaluate_scenes, onnx_predictor
from .landcover_data import load_tile
from .trainer import Log, new_run, train_float


def file_log(path: Path) -> Log:
    """Print a line with the time, and keep it in `path`."""

    def log(line: str) -> None:
        line = f"{time.strftime('%H:%M:%S')} {line}"
        print(line, flush=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return log


def train(options: argparse.Namespace) -> None:
    """Train, or go on from the checkpoint in `options.out`."""
    config = load_landcover(options.config)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    log = file_log(options.out / "log.txt")
    sampler = training_sampler(config, options.data)
    log(f"{len(sampler.scenes)} scenes, {len(sampler.generated)} generated")
    validation = [load_tile(options.data, config.validation_tile)]
    if options.stage in ("float", "all"):
        run = new_run(config, options.data, sampler)
        if (options.out / "float.pt").exists():
            run.load(options.out / "float.pt")
        train_float(run, sampler, config=config, out=options.out, validation=validation, log=log)
    if options.stage in ("quantised", "all"):
        from .quantise import train_quantised

        train_quantised(sampler, config=config, out=options.out, validation=validation, log=log)


def export(options: argparse.Namespace) -> None:
    """Write landcover.onnx and landcover.json."""
    from .export import export_landcover

    cv2.setNumThreads(1)
    export_landcover(
        load_landcover(options.config),
        data=options.data,
        out=options.out,
        models=options.models,
        remark=options.remark,
    )


def evaluate(options: argparse.Namespace) -> None:
    """Print the figures of an ONNX file on whole scenes."""
    scenes = [load_tile(options.data, tile) for tile in options.tiles]
    figures, _ = evaluate_scenes(onnx_predictor(options.model), scenes)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:20s} {value:.4f}")
