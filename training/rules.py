# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that the values of a recipe are held to when they are made."""

from __future__ import annotations

from .errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")
"""Where training runs; "auto" takes a CUDA device where there is one."""


def need(condition: bool, name: str, value: object, expected: str) -> None:
    """Raise ConfigError unless `condition` holds for the value called `name`."""
    if not condition:
        raise ConfigError(
            f"{name} should be {expected}, but is {value!r}: correct it in the recipe"
        )


def share(name: str, value: float) -> None:
    """Raise ConfigError unless 0 <= value <= 1."""
    need(0.0 <= value <= 1.0, name, value, "between 0 and 1")


def device(value: str) -> None:
    """Raise ConfigError where a training cannot run there."""
    need(value in DEVICES, "device", value, f"one of {', '.join(DEVICES)}")
