# SPDX-License-Identifier: GPL-2.0-or-later
"""Which bands of a raster a network is fed."""

from __future__ import annotations

from ..errors import InputError


def choose_bands(
    bands: tuple[int, ...] | None,
    *,
    names: tuple[str, ...],
    interpretation: tuple[str, ...],
    available: int,
) -> tuple[int, ...]:
    """The bands to read, counted from 1, in the order of `names`.

    Given bands are checked; otherwise those whose colour interpretation is the name, or, when the
    raster does not name them all, simply the first ones.
    """
    if bands is None:
        if all(name in interpretation for name in names):
            return tuple(interpretation.index(name) + 1 for name in names)
        bands = tuple(range(1, len(names) + 1))
        colors = available - interpretation.count("alpha")
        if colors < len(names):
            raise InputError(
                f"The network needs {len(names)} bands ({', '.join(names)}), the raster has "
                f"{colors}; give a raster with more bands, or name bands (one may be repeated, "
                f"as in {','.join('1' for _ in names)})."
            )
        return bands
    if len(bands) != len(names):
        raise InputError(
            f"The network needs {len(names)} bands ({', '.join(names)}), {len(bands)} were chosen: "
            f"{', '.join(map(str, bands))}; choose one for each."
        )
    wrong = [band for band in bands if not 1 <= band <= available]
    if wrong:
        raise InputError(
            f"Band {wrong[0]} was chosen, but the raster has the bands 1 to {available}."
        )
    return bands
