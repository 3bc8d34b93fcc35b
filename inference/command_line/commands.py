# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands there are, in the order in which the help lists them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

from ..cards.command import MODELS
from ..classification.command import CLASSIFY
from ..detection.command import DETECT
from ..embedding.arguments import add_embed_arguments, add_similar_arguments
from ..foreign.command import DESCRIBE
from ..fracture_numbers.command import FRACTURENUMBERS
from ..prompt.command import PROMPT
from ..recognition.command import RECOGNISE
from ..regression.command import REGRESS
from ..segmentation.command import SEGMENT
from ..superresolution.command import SUPERRESOLVE
from ..teaching.command import TEACH
from ..traces.command import TRACES
from .arguments import numbers
from .command import Command
from .running import quieten, with_bar


def _embed(options: argparse.Namespace) -> int:
    from ..embedding.commands import embed

    return _print(embed, options)


def _similar(options: argparse.Namespace) -> int:
    from ..embedding.commands import similar

    return _print(similar, options)


def _print(lines_of: Callable[..., Iterator[str]], options: argparse.Namespace) -> int:
    quieten()
    for line in lines_of(options, with_bar):
        print(line, flush=True)
    return 0


EMBED = Command(
    "embed",
    "put images into an index that can be searched",
    partial(add_embed_arguments, bands=numbers),
    _embed,
)
SIMILAR = Command(
    "similar", "find places of an index that are like examples", add_similar_arguments, _similar
)
COMMANDS = (
    *(MODELS, DESCRIBE),
    *(SEGMENT, CLASSIFY, REGRESS, SUPERRESOLVE, RECOGNISE),
    *(DETECT, PROMPT),
    *(TRACES, FRACTURENUMBERS),
    *(EMBED, SIMILAR),
    *(TEACH,),
)
