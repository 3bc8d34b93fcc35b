# SPDX-License-Identifier: GPL-2.0-or-later
"""The colours of sets: the same on the map, in the panel and in reports.

Okabe and Ito 2008, told apart with any colour vision; strongest contrast first. Nothing heavy is
imported here: QGIS does so at its start.
"""

from __future__ import annotations

_COLORS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
_NO_SET = "#8C8C8C"


def color_of(number: int) -> str:
    """`#RRGGBB` of a set; those beyond the palette begin it again."""
    return _NO_SET if number == 0 else _COLORS[(number - 1) % len(_COLORS)]
