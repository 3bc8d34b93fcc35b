# SPDX-License-Identifier: GPL-2.0-or-later
"""A network and its card on their way from the training folder to where users get them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..inference.cards.card import ModelCard
from ..inference.runs.partial_file import PartialFile, writing
from .errors import DataError

_SHIPPED = (".onnx", ".json")


def described(card: dict[str, Any], network: Path) -> dict[str, Any]:
    """The card with the name, size and digest of its file."""
    data = network.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return {**card, "file": network.name, "sha256": digest, "bytes": len(data)}


def write_card(card: dict[str, Any], network: Path) -> ModelCard:
    """Write the card beside its network, and read it back as a user does."""
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    path = network.with_suffix(".json")
    path.write_text(text, encoding="utf-8")
    return ModelCard.load(path)


def ship(network: Path, models: Path, *, beside: Sequence[str] = ()) -> None:
    """Copy the network, its card and files `beside` it; none gets its name before all are whole."""
    models.mkdir(parents=True, exist_ok=True)
    names = [*(network.with_suffix(ending).name for ending in _SHIPPED), *beside]
    with ExitStack() as stack:
        files = [PartialFile(models / name) for name in names]
        for file in files:
            stack.callback(file.discard)
            with writing(file.path):
                shutil.copyfile(network.with_name(file.path.name), file.partial)
        for file in files:
            file.commit()


def kept_step(path: Path) -> int:
    """The step whose weights were kept, as the file beside them says."""
    if not path.exists():
        raise DataError(f"{path} should say which step was kept: run the train command first")
    return int(json.loads(path.read_text(encoding="utf-8"))["step"])
