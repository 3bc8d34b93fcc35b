# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `describe`: what is understood of a network, or what must be said."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cards.answer_rules import KINDS, OWN_KINDS
from ..cards.card import ModelCard
from ..command_line.command import Command
from ..errors import BareModelError, CardError
from ..runs.partial_file import PartialFile, writing
from . import bare
from .answers import SCALINGS, Answers
from .reading import CARD, card_of

_ASKED_KINDS = tuple(kind for kind in KINDS if kind not in OWN_KINDS)
_OPTIONS = {
    "name": "name", "bands": "bands", "scaling": "scaling", "mean": "mean", "std": "std",
    "resolution": "resolution_m", "tile": "tile", "overlap": "overlap",
    "activation": "activation", "classes": "classes", "stride": "stride", "centred": "centred",
    "value_scale": "value_scale", "upscale": "upscale", "layout": "layout",
    "confidence": "confidence", "iou": "iou", "licence": "licence",
}  # fmt: skip
"""Options of the command, and the fields of Answers they fill."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """All that may be said of a network; what is left away is what the file suggests."""
    add = parser.add_argument
    add("input", metavar="FILE.onnx", type=Path, help="a network")
    add("--kind", choices=_ASKED_KINDS, help="what it does; without it, what the file says is told")
    add("--write", action="store_true", help=f"write the card ({CARD}) beside it")
    add("--name", help="what to call it")
    add("--bands", type=_words, metavar="A,B,C", help="names of its bands, in their order")
    add("--scaling", choices=SCALINGS, help="how bytes become what it takes; own: --mean, --std")
    add("--mean", type=_floats, metavar="A,B,C", help="of each band, in 0..255")
    add("--std", type=_floats, metavar="A,B,C", help="of each band, in 0..255")
    add("--resolution", type=float, metavar="M", help="metres per pixel it was trained on")
    add("--tile", type=int, metavar="PIXELS", help="side of a tile, where the file leaves it open")
    add("--overlap", type=float, metavar="PERCENT", help="how much tiles overlap")
    add("--activation", choices=("probabilities", "logits"), help="what its answers are")
    add(
        "--classes", type=_words, action="append", metavar="A,B,C",
        help="names of its classes, in their order; repeated for further outputs",
    )  # fmt: skip
    add("--stride", type=int, metavar="PIXELS", help="pixels that one answer stands for")
    add("--centred", action="store_true", default=None, help="its answer is a tile's middle")
    add("--value-scale", type=float, metavar="FACTOR", help="what its numbers are multiplied by")
    add("--upscale", type=int, metavar="N", help="by how much its picture is finer")
    add("--layout", help="how objects are laid out, such as yolo_v5 or ultralytics")
    add("--confidence", type=float, metavar="SHARE", help="of an object, 0 to 1")
    add("--iou", type=float, metavar="SHARE", help="overlap from which on two objects are one")
    add("--licence", help="under which it may be used")


def _describe(options: argparse.Namespace) -> int:
    """Print the card in words, or what must be said first; then it ends with one."""
    path: Path = options.input
    if options.kind is None:
        try:
            card = card_of(path)
        except BareModelError as error:
            print(error, *_asked_in_words(bare.questions(path)), sep="\n")
            return 1
    else:
        card = bare.card(path, _answers(options, path))
    written = (_write(card),) if options.write else ()
    print(*_card_in_words(card), *written, sep="\n")
    return 0


def _card_in_words(card: ModelCard) -> tuple[str, ...]:
    """A card as lines of plain text, a fact each."""
    size = f"{card.tile} x {card.tile} pixels" + (" exactly" if card.fixed_tile else "")
    resolution = "any" if card.resolution_m is None else f"{card.resolution_m:g} m per pixel"
    facts = {
        "name": f"{card.name} ({card.id})",
        "kind": card.kind,
        "described by": card.origin or "its own card",
        "bands": ", ".join(card.bands),
        "input": f"{card.dtype}, (x - mean) / std of 0..255: mean {_numbers(card.mean)}, "
        f"std {_numbers(card.std)}",
        "tiles": f"{size}, overlapping by {2 * card.blend.halo}",
        "resolution": resolution,
        "answers": card.activation,
        "classes": ", ".join(info.name for info in card.classes),
        "further answers": ", ".join(info.name for info in card.answers[1:]),
        "objects": "" if card.detection is None else _objects(card),
        "licence": card.licence,
    }
    return tuple(f"{key}: {value}" for key, value in facts.items() if value)


def _objects(card: ModelCard) -> str:
    found = card.detection
    return (
        ""
        if found is None
        else f"{found.layout}, from a confidence of {found.confidence:g}, one of those that "
        f"overlap by more than {found.iou:g}"
    )


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _asked_in_words(asked: bare.Questions) -> Iterator[str]:
    """The facts, and for the likeliest kind what to say, with what is taken where nothing is."""
    yield from asked.facts
    kinds = " or ".join(asked.kinds)
    yield f"It may be of the kind {kinds}; say --kind, and what of these differs:"
    kind = asked.kinds[0]
    proposed = asked.defaults(kind)
    fields = set(asked.asked(kind))
    for option, field in _OPTIONS.items():
        if field in fields:
            yield f"  --{option.replace('_', '-')} {_shown(getattr(proposed, field))}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        parts = value[0] if value and isinstance(value[0], tuple) else value
        return ",".join(map(str, parts[:8])) + (",..." if len(parts) > 8 else "")
    return "(any)" if value is None else str(value)


def _answers(options: argparse.Namespace, path: Path) -> Answers:
    told = {
        field: getattr(options, option)
        for option, field in _OPTIONS.items()
        if getattr(options, option) is not None
    }
    if "classes" in told:
        told["classes"] = tuple(told["classes"])
    if "mean" in told or "std" in told:
        told["scaling"] = "own"
    proposed = bare.questions(path).defaults(options.kind)
    return replace(proposed, **told, **({"colors": ()} if "classes" in told else {}))


def _write(card: ModelCard) -> str:
    """Write the card beside its network, whole or not at all; CardError where there is one."""
    path = card.path.with_suffix(CARD)
    if path.exists():
        raise CardError(f"{path} is there already; remove it first to write another.")
    file = PartialFile(path)
    try:
        with writing(path):
            file.partial.write_text(card.to_json(), encoding="utf-8")
        file.commit()
    finally:
        file.discard()
    return f"written: {path}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _floats(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected numbers like 1,2,3, not '{text}'") from error


DESCRIBE = Command(
    "describe", "tell what somebody's network (.onnx) does", _add_arguments, _describe
)
