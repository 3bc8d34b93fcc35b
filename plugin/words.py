# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers as people say them: times, areas, shares."""

from __future__ import annotations

from qgis.PyQt.QtCore import QLocale

from .i18n import tr, tr_count

HECTARE, SQUARE_KILOMETRE, KILOMETRE = 1e4, 1e6, 1e3


def duration_words(seconds: float) -> str:
    """`0.8 s`, `12 s`, `3 min 20 s` or `2 h 5 min`."""
    if seconds < 10:
        return tr("{0} s").format(QLocale().toString(float(seconds), "f", 1))
    whole = round(seconds)
    if whole < 60:
        return tr("{0} s").format(whole)
    if whole < 3600:
        return tr("{0} min {1} s").format(*divmod(whole, 60))
    return tr("{0} h {1} min").format(*divmod(whole // 60, 60))


def time_left_words(seconds: float | None) -> str:
    """What is left of a run, rounded to what an estimate can promise; None = not known yet."""
    if seconds is None:
        return tr("estimating the time left")
    if seconds < 5:
        return tr("a few seconds left")
    if seconds < 55:
        nearest = round(seconds / 5) * 5
        return tr_count("about a second left", "about {0} seconds left", nearest).format(nearest)
    minutes = round(seconds / 60)
    if minutes < 90:
        words = tr_count("about a minute left", "about {0} minutes left", minutes)
        return words.format(minutes)
    return tr("about {0} h left").format(QLocale().toString(seconds / 3600, "f", 1))


def area_unit(total_m2: float) -> tuple[float, str]:
    """The unit that suits a table adding up to `total_m2`: its square metres and its sign."""
    if total_m2 < HECTARE:
        return 1.0, tr("m²")
    if total_m2 < 10 * SQUARE_KILOMETRE:
        return HECTARE, tr("ha")
    return SQUARE_KILOMETRE, tr("km²")


def length_words(length: float, unit: str) -> str:
    """`0.35 m`, `12.3 m`, `1.23 km` or `1,234 px`; `unit` is "m" or "px"."""
    if unit != "m":
        return tr("{0} px").format(number_words(length))
    if length >= 10 * KILOMETRE:
        return tr("{0} km").format(number_words(length / KILOMETRE))
    return tr("{0} m").format(number_words(length))


def number_words(value: float) -> str:
    """Three digits below 100, whole numbers with grouping above: `0.012`, `12.3`, `1,234`."""
    if value == 0 or abs(value) >= 100:
        return QLocale().toString(float(value), "f", 0)
    if abs(value) < 0.001:
        return tr("< {0}").format(QLocale().toString(0.001, "f", 3))
    decimals = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return QLocale().toString(float(value), "f", decimals)


def count_words(count: int) -> str:
    """A whole number with grouping: `7`, `1,234`."""
    return QLocale().toString(float(count), "f", 0)


def bytes_words(size: int) -> str:
    """To the byte: `1,234 bytes`."""
    words = tr_count("{0} byte", "{0} bytes", size)
    return words.format(count_words(size))


def size_words(size: int) -> str:
    """As file managers say it: `12 bytes`, `3.4 kB`, `12.3 MB`, `1.5 GB`."""
    units = ((1e9, tr("{0} GB")), (1e6, tr("{0} MB")), (1e3, tr("{0} kB")))
    for unit, words in units:
        if size >= unit:
            return words.format(QLocale().toString(size / unit, "f", 1))
    return bytes_words(size)


def share_words(share: float) -> str:
    """A share of 0..1 as percent: `12.3 %`; what is there but rounds to nothing is `< 0.1 %`."""
    if 0 < share < 0.0005:
        return tr("< {0} %").format(QLocale().toString(0.1, "f", 1))
    return tr("{0} %").format(QLocale().toString(100.0 * share, "f", 1))
