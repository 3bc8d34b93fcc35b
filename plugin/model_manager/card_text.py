# SPDX-License-Identifier: GPL-2.0-or-later
"""A model card as plain text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QLocale

from ..i18n import tr
from ..models import card_facts, source_words
from ..words import size_words
from .plain_text import one_line

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard

_MOST_CLASSES = 300
_MOST_FIGURES = 60
_DEEPEST = 4


def card_text(card: ModelCard) -> str:
    """All a user may want to know, a paragraph each."""
    paragraphs = (
        "\n".join((one_line(card.name), " · ".join(map(one_line, card_facts(card))))),
        one_line(card.description),
        _told(tr("Limits: {0}"), card.limits),
        _input(card),
        _classes(card),
        _outputs(card),
        _told(tr("Licence: {0}"), card.licence or tr("the card does not say")),
        _training(card.training),
        _measured(card.metrics),
        _files(card),
    )
    return "\n\n".join(filter(None, paragraphs))


def measured_words(metrics: Mapping[str, Any]) -> str:
    """The figure that says most, such as `mean IoU 0.61`; '' where nothing was measured."""
    figures = dict(_figures(metrics))
    for name, words in (
        ("mean_iou", tr("mean IoU {0}")),
        ("map", tr("mAP {0}")),
        ("accuracy", tr("accuracy {0}")),
        ("macro_f1", tr("macro F1 {0}")),
        ("rmse", tr("RMSE {0}")),
        ("psnr", tr("PSNR {0}")),
        ("p_at_10", tr("precision at 10 {0}")),
    ):
        found = [value for path, value in figures.items() if path.split(" · ")[-1] == name]
        preferred = [value for path, value in figures.items() if path in (f"int8 · {name}", name)]
        if found:
            return words.format(_number((preferred or found)[0]))
    return ""


def _told(words: str, text: str) -> str:
    return words.format(one_line(text)) if text else ""


def _input(card: ModelCard) -> str:
    bands = ", ".join(one_line(band, 60) for band in card.bands)
    tile = tr("tiles of exactly {0} pixels") if card.fixed_tile else tr("tiles of up to {0} pixels")
    number = tr("whole numbers") if card.dtype == "uint8" else tr("decimal numbers")
    return tr("Sees: {0}; {1}, as {2}").format(bands, tile.format(card.tile), number)


def _classes(card: ModelCard) -> str:
    if not card.classes:
        return ""
    shown = [f"{each.id} {one_line(each.name, 80)}" for each in card.classes[:_MOST_CLASSES]]
    rest = len(card.classes) - len(shown)
    more = [tr("and {0} more").format(rest)] if rest else []
    return tr("Classes: {0}").format(", ".join(shown + more))


def _outputs(card: ModelCard) -> str:
    """Where a network has several, which of them is another question."""
    names = ", ".join(one_line(each.name, 60) for each in card.answers[:_MOST_CLASSES])
    return _told(tr("Outputs: {0}"), names)


def _training(training: Mapping[str, Any]) -> str:
    data = training.get("data")
    lines = []
    for entry in data if isinstance(data, list) else ():
        if isinstance(entry, Mapping):
            told = [entry.get(key) for key in ("name", "licence", "citation")]
            lines.append("• " + one_line("; ".join(text for text in told if isinstance(text, str))))
    return "\n".join([tr("Trained on:"), *lines[:_MOST_FIGURES]]) if lines else ""


def _measured(metrics: Mapping[str, Any]) -> str:
    lines = [f"• {one_line(path, 120)}: {_number(value)}" for path, value in _figures(metrics)]
    if not lines:
        return tr("Measured: the card does not say how well it works.")
    told = metrics.get("data")
    about = [one_line(told)] if isinstance(told, str) else []
    return "\n".join([tr("Measured:"), *about, *lines[:_MOST_FIGURES]])


def _figures(values: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[Any]:
    """(path, number) of every number in nested objects; lists, such as confusions, are not read."""
    for key, value in values.items():
        place = f"{path} · {key}" if path else str(key)
        if isinstance(value, Mapping) and depth < _DEEPEST:
            yield from _figures(value, place, depth + 1)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield place, value


def _number(value: float) -> str:
    whole = isinstance(value, int) and abs(value) < 1e15
    return QLocale().toString(float(value), "f", 0) if whole else QLocale().toString(value, "g", 3)


def _files(card: ModelCard) -> str:
    lines = [tr("From: {0}").format(one_line(source_words(card)))]
    parts = [card, *([card.decoder] if card.decoder is not None else [])]
    for part in parts:
        lines.append(f"{one_line(str(part.path))} ({size_words(part.bytes)})")
        lines.append(tr("SHA-256 {0}").format(part.sha256))
    return "\n".join(lines)
