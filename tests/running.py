# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in processes of their own, and what several tests of bad endings ask of their traces."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geosift.inference.cards.card import ModelCard

DYING_RUN = str(Path(__file__).with_name("dying_run.py"))


def outputs_in(folder: Path) -> dict[str, Path]:
    return {
        "output": folder / "out.tif",
        "confidence": folder / "sure.tif",
        "polygons": folder / "out.gpkg",
        "report": folder / "out.json",
    }


def content(folder: Path) -> dict[str, bytes]:
    """Every file there, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and 20 < len(text) < 700 and text.rstrip()[-1] in ".)"


def as_arguments(options: Mapping[str, Any]) -> list[str]:
    names = {"bands": ",".join(map(str, options.get("bands", ())))}
    arguments = ["segment", str(options["source"]), str(options["output"])]
    for name, value in options.items():
        if name in ("source", "output"):
            continue
        flag = "--model" if name == "card" else f"--{name}"
        values = [names[name]] if name in names else value if name == "extent" else [value]
        arguments += [flag, *map(str, values)]
    return arguments


def python(environment: Mapping[str, str], *arguments: str, **options: Any) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *arguments], env=dict(environment), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def request_of(source: Path, card: ModelCard, folder: Path, **more: Any) -> str:
    job = {"source": str(source), **{key: str(path) for key, path in outputs_in(folder).items()}}
    return json.dumps({"job": job, "card": str(card.path.with_suffix(".json")), **more})
