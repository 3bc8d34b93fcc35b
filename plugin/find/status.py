# SPDX-License-Identifier: GPL-2.0-or-later
"""One line on how the page gets on: what is awaited, or what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..i18n import tr, tr_count
from ..words import count_words

if TYPE_CHECKING:
    from .panel import FindPanel
    from .question import Answer


def status_words(panel: FindPanel) -> str:
    """What the user should know, or do next."""
    search, examples = panel.search, panel.pointing.shown.now
    if search.is_asking:
        return tr("Looking…")
    if search.answer is not None:
        return answer_words(search.answer)
    if panel.index.growing.is_under_way:
        words = tr("The layer is going into the index ({0} %); you can point meanwhile.")
        return words.format(round(panel.index.growing.percent))
    if examples and not panel.index.is_searchable:
        return tr("Nothing can be found yet: add a layer to the index.")
    if examples and not any(each.good for each in examples):
        return tr("Show something it is like, too.")
    if panel.pointing.is_on:
        return tr("Click on something to see where else it looks like that.")
    return tr("The tool is off.")


def answer_words(answer: Answer) -> str:
    """`60 places among 10,240 patches, in 12 ms`."""
    count = len(answer.found)
    words = tr_count("{0} place among {1} patches", "{0} places among {1} patches", count)
    return words.format(count_words(count), count_words(answer.compared))
