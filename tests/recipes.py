# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped recipes of training, with pieces of their text changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from geosift import training
from geosift.training.errors import ConfigError

CONFIGS = Path(training.__file__).parent / "configs"


def changed(name: str, path: Path, changes: Mapping[str, str]) -> Path:
    """Write the recipe of that name to `path`, each piece that is changed must be in it."""
    text = (CONFIGS / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"the recipe {name} should hold {old!r}: adapt the test to it")
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def assert_told(
    load: Callable[[Path], Any], name: str, folder: Path, change: tuple[str, str], words: str
) -> None:
    """The recipe with that change (old, new) is refused in these words."""
    path = changed(name, folder / "wrong.toml", dict([change]))
    with pytest.raises(ConfigError, match=words):
        load(path)
