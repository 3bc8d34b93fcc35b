# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run: a page or JSON, as its name says."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..errors import OutputError
from .partial_file import PartialFile, open_partial

_PAGES = (".html", ".htm")
_NUMBERS = (".json",)


def is_page(report: Path) -> bool:
    """Whether it is for people; else it is JSON."""
    return report.suffix.lower() in _PAGES


def open_report(path: Path | None, stack: ExitStack) -> PartialFile | None:
    """Make it ready, None where none is wanted; OutputError for a name that says something else."""
    if path is None:
        return None
    if not is_page(path) and path.suffix.lower() not in _NUMBERS:
        raise OutputError(
            f"A report is a page (.html) or JSON (.json), and {path} is neither; give it one of "
            "these endings."
        )
    return open_partial(path, stack)
