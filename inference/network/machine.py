# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs may use of this computer: the same for all of them, and so for the whole process."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError

PROCESSOR = "CPUExecutionProvider"
"""onnxruntime's name of what every computer has."""


@dataclass(frozen=True)
class Machine:
    """The memory in 10^6 bytes that a run may add to the process, None for no limit; what computes.

    `engine` is a name of onnxruntime's execution providers.
    """

    memory_mb: int | None = None
    engine: str = PROCESSOR

    def __post_init__(self) -> None:
        if self.memory_mb is not None and self.memory_mb < 1:
            raise InputError(
                f"The memory limit is megabytes, at least 1, not {self.memory_mb}; leave it out "
                "for none."
            )


class _Here:
    machine = Machine()


def machine() -> Machine:
    """What runs may use from now on."""
    return _Here.machine


def use(chosen: Machine) -> None:
    """Let runs use this; those that have begun go on as they are."""
    _Here.machine = chosen
