# SPDX-License-Identifier: GPL-2.0-or-later
"""Fractures measured on pictures of rock, beside classical tools that are tuned on them.

The network's mask counts as it is: every pixel with the card's threshold or more. So do the masks
of the classical tools, or their thinned lines where these do better. Within 3 pixels (drawn scenes:
2) a pixel counts as right or found; all pictures are pooled. See curve.py and classical.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..evaluation import Evaluation, Figure, Request, spread
from .answers import Answer, answer, require_two_classes
from .classical import MOST, TOOLS, Tuned, tuned
from .curve import DRAWN_TOLERANCE, REAL_TOLERANCE, Tally
from .faces import Face, Pair, find_pairs
from .report import Measured, pages
from .ridges import require_skimage

DRAWN = Path("generated")
"""Instead of a folder: scenes of rock that are drawn now, of seeds that no training has used."""
DRAWN_SCENES, DRAWN_SIZE = 24, 768

HEADLINE = (
    ("f1", "F1 at the card's threshold"),
    ("average_precision", "average precision"),
    ("best_classical_f1", "best classical tool: F1"),
    ("best_classical_average_precision", "best classical tool: average precision"),
)


@dataclass(frozen=True)
class _Pooled:
    """All pictures together: at every threshold, and as the product decides."""

    every: Tally
    decided: Tally

    def figures(self) -> dict[str, Figure]:
        curve, decided = self.every.curve(), self.decided.curve()
        best = curve.best()
        return {
            "f1": _round(decided.f1()[1]),
            "precision": _round(decided.precision[1]),
            "recall": _round(decided.recall[1]),
            "average_precision": _round(curve.average_precision()),
            "best_f1": _round(curve.f1()[best]),
            "best_threshold": best / 100,
        }


def evaluate_fractures(request: Request, *, classical: bool = True) -> Evaluation:
    """The network through the engine, then the classical tools, on the same pictures."""
    require_two_classes(request.card)
    if classical:
        require_skimage()
    drawn = _is_drawn(request.data)
    tolerance = DRAWN_TOLERANCE if drawn else REAL_TOLERANCE
    faces = _drawn(request.limit) if drawn else [p.read() for p in _pairs(request)]
    if not any(face.truth.any() for face in faces):
        raise DataError(
            f"the masks in {request.data} hold no fracture at all, so nothing could be found: "
            "give pictures with marked fractures (above 127)"
        )
    start = time.perf_counter()
    measured = [_measure(face, request, tolerance) for face in faces]
    pooled = _pool(measured)
    tools = _tools(measured, request, tolerance) if classical else []
    figures: dict[str, Figure] = {
        **pooled.figures(),
        **(_classical_figures(tools) if tools else {}),
        "threshold": _threshold(request),
        "tolerance": tolerance,
        "pictures": len(faces),
        "pixels": sum(face.truth.size for face in faces),
        "fracture_share": _round(np.mean([face.truth.mean() for face in faces])),
        "engine_seconds": round(sum(one.answer.seconds for one in measured), 3),
        "seconds": round(time.perf_counter() - start, 3),
    }
    return Evaluation(
        title=f"How well does the network “{request.card.name}” find fractures?",
        figures=figures,
        words=_words(request, figures),
        headline=HEADLINE,
        pages=pages(measured, pooled.every.curve(), tools, tolerance=tolerance)
        if request.wants_report
        else None,
    )


def _round(value: float) -> float:
    return round(float(value), 5)


def _is_drawn(data: Path) -> bool:
    return data == DRAWN and not data.exists()


def _drawn(limit: int | None) -> list[Face]:
    """Scenes of seeds beyond those that the weights and the threshold were chosen by."""
    from .pool import drawn, unseen_seeds  # only to draw

    return [drawn(seed, DRAWN_SIZE) for seed in unseen_seeds(limit or DRAWN_SCENES)]


def _pairs(request: Request) -> tuple[Pair, ...]:
    return spread(find_pairs(request.data), request.limit)


def _measure(face: Face, request: Request, tolerance: int) -> Measured:
    told: Answer = answer(request, face)
    decided = Tally.of(told.fractures.astype(np.uint8), face.truth, tolerance=tolerance, count=2)
    f1 = float(decided.curve().f1()[1])
    request.tell(f"{face.name}: F1 {f1:.3f} in {told.seconds:.1f} s")
    every = Tally.of(told.percent, face.truth, tolerance=tolerance)
    return Measured(face, told, every, decided, f1)


def _pool(measured: Sequence[Measured]) -> _Pooled:
    every = sum((one.every for one in measured[1:]), measured[0].every)
    decided = sum((one.decided for one in measured[1:]), measured[0].decided)
    return _Pooled(every, decided)


def _tools(measured: Sequence[Measured], request: Request, tolerance: int) -> list[Tuned]:
    """The classical tools at their best on these pictures, or on MOST of them."""
    faces = spread([one.face for one in measured], MOST)
    found = []
    for tool in TOOLS:
        start = time.perf_counter()
        best = tuned(tool, faces, tolerance=tolerance)
        found.append(best)
        request.tell(
            f"{tool.name}: F1 {best.f1:.3f} ({best.f1_setting}), average precision "
            f"{best.average_precision:.3f}, tuned in {time.perf_counter() - start:.0f} s"
        )
    return found


def _classical_figures(tools: Sequence[Tuned]) -> dict[str, Figure]:
    """The best of each figure, and what each tool reaches, with the settings that it took."""
    by_f1 = max(tools, key=lambda tool: tool.f1)
    by_area = max(tools, key=lambda tool: tool.average_precision)
    figures: dict[str, Figure] = {
        "best_classical_f1": _round(by_f1.f1),
        "best_classical_f1_tool": by_f1.name,
        "best_classical_average_precision": _round(by_area.average_precision),
        "best_classical_average_precision_tool": by_area.name,
    }
    for tool in tools:
        figures[f"{tool.name}_f1"] = _round(tool.f1)
        figures[f"{tool.name}_f1_setting"] = tool.f1_setting
        figures[f"{tool.name}_average_precision"] = _round(tool.average_precision)
        figures[f"{tool.name}_average_precision_setting"] = tool.precision_setting
    return figures


def _threshold(request: Request) -> float:
    return 0.5 if request.card.threshold is None else request.card.threshold


def _words(request: Request, figures: dict[str, Figure]) -> str:
    count = figures["pictures"]
    where = (
        "scenes of rock drawn by GeoSift, of seeds that no training has used"
        if _is_drawn(request.data)
        else f"pictures of {'/'.join(request.data.resolve().parts[-2:])}"
    )
    return (
        f"{count} {where}, {figures['pixels']:,} pixels. Right and found: within "
        f"{figures['tolerance']} pixels. The classical tools have parameters and thresholds that "
        f"were chosen on these same pictures, the network was tuned on none of them. Network "
        f"{request.card.sha256[:12]}."
    )
