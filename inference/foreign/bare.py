# SPDX-License-Identifier: GPL-2.0-or-later
"""A network nobody describes: what its shapes tell, what must be asked, and the card of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..cards.answer_rules import CLASS_KINDS, most_classes
from ..cards.card import ModelCard
from ..errors import CardError
from . import deepness
from .answers import SCALINGS, Answers
from .building import band_names, card_from
from .detection_shapes import classes_in, layouts_of
from .facts import OnnxFacts
from .guard import require_safe
from .plain_text import plain
from .shapes import InputShape, OutputShape, activation_of, in_words, input_of, outputs_of

_TILE = 512
_LONG_VECTOR = 128
"""Numbers of a tile from which on they are rather a description than classes."""
_ALWAYS = ("kind", "name", "bands", "resolution_m")
_FURTHER = {
    "segmentation": ("overlap", "activation", "classes", "colors"),
    "classification": ("activation", "classes", "colors"),
    "detection": ("overlap", "layout", "confidence", "iou", "classes", "colors"),
    "regression": ("overlap", "value_scale"),
    "superresolution": ("overlap",),
    "recognition": ("overlap",),
}


@dataclass(frozen=True)
class Questions:
    """What a file tells, and what only people know.

    `facts` are sentences to show; `kinds` what it can be, likeliest first; `tile` is pixels, fixed
    by the file where `fixed_tile`; `outputs` what it answers, in the order of the file; `layouts`
    how objects may be laid out in them, likeliest first; `activation` how the graph ends.
    """

    path: Path
    facts: tuple[str, ...]
    kinds: tuple[str, ...]
    channels: int
    dtype: str
    tile: int
    fixed_tile: bool
    outputs: tuple[OutputShape, ...]
    layouts: tuple[str, ...]
    activation: str
    file: OnnxFacts = field(repr=False)
    scalings: tuple[str, ...] = SCALINGS

    def asked(self, kind: str) -> tuple[str, ...]:
        """The fields of Answers to ask for a network of that kind; the others need no asking."""
        found = [*_ALWAYS, *_FURTHER[kind]]
        if self.dtype == "float32":
            found.append("scaling")
        if not self.fixed_tile:
            found.append("tile")
        if self._may_be_centred(kind):
            found.append("centred")
        if kind == "superresolution" and self._side is None:
            found.append("upscale")
        if kind == "segmentation" and self._side is None:
            found.append("stride")
        return tuple(found)

    def defaults(self, kind: str) -> Answers:
        """What to propose: taken as it is, it makes a card unless the kind is a wrong one.

        Deepness' metadata without a kind, which is why the user is asked, tells the rest.
        """
        told = self._told(kind)
        if told is not None:
            return told
        names = self._class_names(kind)
        return Answers(
            kind=kind,
            name=plain(self.path.stem.replace("_", " ")),
            bands=band_names(self.channels),
            scaling="0..1" if self.dtype == "float32" else "0..255",
            tile=self.tile,
            activation="probabilities" if kind == "detection" else self.activation,
            classes=(names,) if kind in CLASS_KINDS else (),
            centred=False,
            layout=self.layouts[0] if kind == "detection" and self.layouts else "",
        )

    def _told(self, kind: str) -> Answers | None:
        """What the metadata says, None where it says nothing that can be used."""
        if not deepness.is_from_deepness(self.file):
            return None
        try:
            return deepness.answers_of(self.path, self.file, kind=kind)
        except CardError:  # what is wrong was told when the file was chosen
            return None

    @property
    def _side(self) -> int | None:
        return next((side for side in self.outputs[0].sides if side is not None), None)

    def _may_be_centred(self, kind: str) -> bool:
        """Whether the answer may be the tile's middle, or the whole tile in coarser pixels."""
        if kind not in ("segmentation", "regression"):
            return False
        return self._side is None or (self._side < self.tile and self.tile % self._side == 0)

    def _class_names(self, kind: str) -> tuple[str, ...]:
        if kind == "detection":
            count = classes_in(self.outputs, self.layouts[0]) if self.layouts else 1
        else:
            count = self.outputs[0].planes or 2
        if count == 1 and kind != "detection":
            return "background", "class 1"
        return tuple(f"class {index}" for index in range(min(count, most_classes(kind))))


def questions(path: Path) -> Questions:
    """Look at a file; ModelError where it cannot be run whatever is answered."""
    return questions_of(path, require_safe(path))


def questions_of(path: Path, facts: OnnxFacts) -> Questions:
    """The same of a file that was looked at."""
    taken = input_of(facts, called=path.name)
    outputs = outputs_of(facts, called=path.name)
    layouts = layouts_of(outputs)
    return Questions(
        path=path,
        facts=_sentences(facts, taken, outputs),
        kinds=_kinds(taken, outputs, layouts),
        channels=taken.bands,
        dtype=taken.dtype,
        tile=taken.side or _TILE,
        fixed_tile=taken.side is not None,
        outputs=outputs,
        layouts=layouts,
        activation=activation_of(facts, outputs[0].name),
        file=facts,
    )


def card(path: Path, answers: Answers) -> ModelCard:
    """The card of a file and what was answered; CardError where the two differ."""
    return card_from(path, require_safe(path), answers)


def _kinds(
    taken: InputShape, outputs: tuple[OutputShape, ...], layouts: tuple[str, ...]
) -> tuple[str, ...]:
    """What it can be, likeliest first."""
    first = outputs[0]
    if first.rank == 2:
        vector = first.planes is not None and first.planes >= _LONG_VECTOR
        both = ("classification", "recognition")
        return both[::-1] if vector else both
    side = next((side for side in first.sides if side is not None), None)
    if layouts and not (first.rank == 3 and None not in (side, taken.side) and side == taken.side):
        return ("detection", "segmentation", "regression")
    if first.rank == 4 and None not in (side, taken.side) and side > taken.side:
        return ("superresolution",)
    if first.planes == 1:
        return ("segmentation", "regression", "superresolution")
    return ("segmentation", "superresolution", "regression")


def _sentences(
    facts: OnnxFacts, taken: InputShape, outputs: tuple[OutputShape, ...]
) -> tuple[str, ...]:
    size = "any height and width" if taken.side is None else f"{taken.side} x {taken.side} pixels"
    count = "any number" if taken.batch is None else str(taken.batch)
    shapes = (f"{plain(value.name)[:40]} {in_words(value.shape)}" for value in facts.outputs)
    ending = activation_of(facts, outputs[0].name)
    return (
        f"It takes {taken.bands} bands of {size} as {taken.dtype}, {count} at a time.",
        f"It answers with {len(outputs)} output{'s' * (len(outputs) > 1)}: {', '.join(shapes)}.",
        f"Its answers are {ending}."
        if ending == "probabilities"
        else "It does not end in a softmax or sigmoid: its answers are logits, or numbers.",
    )
