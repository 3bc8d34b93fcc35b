# SPDX-License-Identifier: GPL-2.0-or-later
"""What an algorithm tells of itself: what it does, asks and answers, and a command to copy.

The dialog makes a paragraph of each line, qgis_process prints the lines: so there is no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..i18n import tr

if TYPE_CHECKING:
    from .geosift_algorithm import GeoSiftAlgorithm

PAGES = "https://github.com/geosift/geosift/blob/main/docs"
"""Where the pages with pictures are; metadata.txt names the repository, too."""


def help_text(algorithm: GeoSiftAlgorithm) -> str:
    """Everything in the order of the dialog, a line for each parameter and output."""
    results = {each.name() for each in algorithm.destinationParameterDefinitions()}
    helped = [(each, each.help()) for each in algorithm.parameterDefinitions()]
    told = algorithm.asks.told()
    parts = (
        algorithm.intro(),
        "",
        tr("Inputs"),
        *_lines((each, text) for each, text in helped if each.name() not in results),
        "",
        tr("Outputs"),
        *_lines((each, text) for each, text in helped if each.name() in results),
        *_lines(told),
        "",
        tr("Example"),
        example(algorithm),
    )
    return "\n".join(parts)


def example(algorithm: GeoSiftAlgorithm) -> str:
    """A command for qgis_process that does something useful."""
    return f"qgis_process run geosift:{algorithm.name()} -- {algorithm.example}"


def page_of(algorithm: GeoSiftAlgorithm) -> str:
    """The address of the algorithm's page."""
    return f"{PAGES}/{algorithm.name()}.md"


def _lines(helped: Iterable[tuple[object, str]]) -> Iterator[str]:
    """`Raster layer (INPUT): what it is`."""
    for each, text in helped:
        yield tr("{0} ({1}): {2}").format(each.description(), each.name(), text)
