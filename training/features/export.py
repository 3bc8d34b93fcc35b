# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...inference.cards.card import ModelCard
from ..data.eurosat import VALIDATION
from ..errors import GateError
from ..evaluation import Figure, Request
from ..gate import Gate
from ..history import History
from ..onnx_writer import draw_several
from ..picture_statistics import picture_statistics
from ..shipping import described, kept_step, ship, write_card
from . import retrieval
from .card import feature_card
from .commands import samples_of
from .config import FeatureConfig
from .evaluate import Embedded, Labelled, embed_tiles, evaluate_features, labelled_of, taught
from .network import OUTPUT_STRIDE, FeatureNet
from .pictures import KEPT
from .quantise import calibrated, folded, load_quantised
from .samples import Samples

GATE = Gate(figure="knn5", least_agreement=0.95, largest_loss=0.005, largest_file=3_000_000)
LEAST_COSINE = 0.98
"""Of the middle one of all pairs of a float and an 8-bit vector."""
BEYOND = 0.05
"""By how much finding is better than with what needs no such network."""
AWARE = (
    "8 bits: {steps} quantisation-aware steps with folded batch norms, towards the float "
    "network's own vectors and cells; U8 activations per tensor, S8 weights per channel, the "
    "embedding's last layer in float."
)
AFTER = (
    "8 bits: calibrated after training only (99.99 percentile); U8 activations per tensor, S8 "
    "weights per channel, the embedding's last layer in float."
)
_NAME = "features"


@dataclass(frozen=True)
class _Files:
    """The float and the 8-bit network, and words on how the 8 bits came."""

    real: Path
    short: Path
    words: str

    def both(self) -> tuple[Path, Path]:
        return self.real, self.short


def export_features(
    config: FeatureConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write features.onnx and features.json into `models` if the network passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    kept = kept_step(out / "float_best.json")
    samples = samples_of(config, data, out, History(out))
    files = _draw(out, config, samples)
    card = feature_card(
        config,
        kept_step=kept,
        quantisation=f"{files.words} {remark}".strip(),
        statistics=_statistics(samples),
    )
    cards = [write_card(described(card, file), file) for file in files.both()]
    labelled = labelled_of(data)
    card["metrics"] = card_metrics(*cards, labelled=labelled, data=data)
    write_card(described(card, files.short), files.short)
    print(json.dumps(card["metrics"], indent=2))
    require(
        card["metrics"], size=files.short.stat().st_size, incumbent=_incumbent(models, labelled)
    )
    ship(files.short, models)
    return card


def drawn(net: FeatureNet, *, quantised: bool) -> onnx.ModelProto:
    """The ONNX model of a folded network."""
    cells = (net.features.conv.out_channels, f"H/{OUTPUT_STRIDE}", f"W/{OUTPUT_STRIDE}")
    answers = {"embedding": (net.head.out_channels,), "features": cells}
    return draw_several(net, _NAME, answers=answers, quantised=quantised)


def _draw(out: Path, config: FeatureConfig, samples: Samples) -> _Files:
    """Write the float and the 8-bit file as candidates."""
    learnt, real = out / "quantised.pt", folded(out / "float_best.pt", config)
    if learnt.exists():
        short, words = load_quantised(learnt, config), AWARE.format(steps=config.steps.quantised)
    else:
        short, words = calibrated(real, samples), AFTER
    files = _Files(out / "float" / f"{_NAME}.onnx", out / "candidate" / f"{_NAME}.onnx", words)
    for file, net in zip(files.both(), (real, short)):
        file.parent.mkdir(exist_ok=True)
        onnx.save(drawn(net, quantised=net is short), file)
    return files


def _statistics(samples: Samples) -> dict[str, Any]:
    grounds = [ground for source in samples.patches.grounds for ground in source]
    return picture_statistics([ground.image for ground in grounds])


def card_metrics(
    real: ModelCard, short: ModelCard, *, labelled: Labelled, data: Path
) -> dict[str, Any]:
    """Everything `metrics` of the card says."""
    before, after = (embed_tiles(card, labelled) for card in (real, short))
    told = evaluate_features(Request(short, data / VALIDATION, data, wants_report=False)).figures
    heads = (*after.figures(labelled), "tiles")
    metrics: dict[str, Any] = {
        "data": "EuroSAT's validation part: 4,050 tiles apart from training by file name and by "
        "pixels, examples from its training part; the best of the looks was kept on some of it",
        "command": f"python -m geosift.training evaluate features --model {short.id} --data DATA",
        "int8": {name: told[name] for name in heads},
        "float": {name: round(value, 5) for name, value in before.figures(labelled).items()},
        "compared": {name: value for name, value in told.items() if name not in heads},
        "argmax_agreement": round(_agreement(before, after, labelled), 5),
        "median_cosine": round(_median_cosine(before, after), 5),
    }
    if (data / KEPT).is_dir():
        metrics["tile3"] = {
            "data": "Dubai tile 3, nine pictures never trained on, ten strokes of 20 pixels each",
            "teach_iou": taught(short, data / KEPT),
            "float_teach_iou": taught(real, data / KEPT),
        }
    return metrics


def _agreement(before: Embedded, after: Embedded, labelled: Labelled) -> float:
    """Share of tiles that a vote of 50 examples a class tells alike in float and in 8 bits."""
    labels = labelled.examples.labels
    drawn = retrieval.draw(labels, 50, seed=0)
    votes = [
        retrieval.vote(each.examples[drawn], labels[drawn], each.queries, neighbours=5)
        for each in (before, after)
    ]
    return float(np.mean(votes[0] == votes[1]))


def _median_cosine(before: Embedded, after: Embedded) -> float:
    return float(np.median((before.queries * after.queries).sum(axis=1)))


def require(metrics: Mapping[str, Any], *, size: int, incumbent: Mapping[str, float]) -> None:
    """Raise GateError with what is not as it should be."""
    cosine, own, other = metrics["median_cosine"], metrics["int8"], metrics["compared"]
    if cosine < LEAST_COSINE:
        raise GateError(
            f"the network was not exported: 8 bits leave a cosine of {cosine:.4f} with the float "
            f"network's vectors, {LEAST_COSINE} is wanted: train its 8 bits longer"
        )
    for name in ("knn5", "p_at_10"):
        for rival in ("histogram", "imagenet"):
            value = other.get(f"{rival}_{name}", 0.0)
            if own[name] < value + BEYOND:
                raise GateError(
                    f"the network was not exported: its {name} of {own[name]:.4f} should be "
                    f"{BEYOND:.0%} above that of {rival} ({value:.4f}): train it longer"
                )
    GATE.require(metrics, size=size, marks=_marks(own), incumbent=incumbent)


def _marks(figures: Mapping[str, Figure]) -> dict[str, float]:
    return {name: float(figures[name]) for name in ("knn5", "p_at_10")}


def _incumbent(models: Path, labelled: Labelled) -> dict[str, float]:
    """The marks, on the same tiles, of the network that would be replaced."""
    path = models / f"{_NAME}.json"
    if not path.exists():
        return {}
    return _marks(embed_tiles(ModelCard.load(path), labelled).figures(labelled))
