# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts of files that anybody may have written, made fit to be shown."""

from __future__ import annotations

import unicodedata

_LONGEST = 4000


def one_line(text: str, longest: int = _LONGEST) -> str:
    """The text in one line without signs that would hide or turn around others, cut at `longest`.

    Widgets that show it are told that it is plain; this is about what plain text can do: override
    the direction of writing, fill a screen with newlines, freeze a window by its length.
    """
    begun = text[: 4 * longest]
    shown = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in begun)
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
