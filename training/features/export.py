# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...inference.cards.card import ModelCard
from ..candidates import Candidates, bits_in_words
from ..data.eurosat import VALIDATION
from ..errors import GateError
from ..evaluation import Figure, Request
from ..gate import Gate
from ..history import History
from ..onnx_writer import draw_several
from ..picture_statistics import picture_statistics
from ..quantisation import calibrated
from ..shipping import kept_step, ship
from . import retrieval
from .card import feature_card, kept_words
from .commands import samples_of
from .config import FeatureConfig
from .evaluate import Embedded, Labelled, embed_tiles, evaluate_features, labelled_of, taught
from .network import OUTPUT_STRIDE, FeatureNet
from .pictures import KEPT
from .quantise import calibration_images, folded, load_quantised
from .samples import Samples

GATE = Gate(figure="knn5", least_agreement=0.95, largest_loss=0.005, largest_file=3_000_000)
LEAST_COSINE = 0.98
"""Of the middle one of all pairs of a float and an 8-bit vector."""
BEYOND = 0.05
"""By how much finding is better than with what needs no such network."""
_NAME = "features"


def export(
    config: FeatureConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write features.onnx and features.json into `models` if the network passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    history = History(out)
    step, looks = kept_step(out / "float_best.json"), history.looks("float")
    samples = samples_of(config, data, out, history)
    files, words = _draw(out, config, samples)
    card = feature_card(
        config,
        kept=kept_words(step, looks=looks),
        quantisation=f"{words} {remark}".strip(),
        statistics=_statistics(samples),
    )
    labelled = labelled_of(data)
    card = files.measured(card, partial(card_metrics, labelled=labelled, data=data, looks=looks))
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


def _draw(out: Path, config: FeatureConfig, samples: Samples) -> tuple[Candidates, str]:
    """Both files, and words on how the 8 bits came."""
    real, learnt = folded(out / "float_best.pt", config), out / "quantised.pt"
    if learnt.exists():
        short, steps = load_quantised(learnt, config), config.steps.quantised
    else:
        short, steps = calibrated(real, calibration_images(samples)), None
    files = Candidates.write(out, _NAME, real=real, short=short, draw=drawn)
    own, last = "network's own vectors and cells", "the embedding's last layer"
    return files, bits_in_words(steps, towards=own, in_float=last)


def _statistics(samples: Samples) -> dict[str, Any]:
    grounds = [ground for source in samples.patches.grounds for ground in source]
    return picture_statistics([ground.image for ground in grounds])


def card_metrics(
    real: ModelCard, short: ModelCard, *, labelled: Labelled, data: Path, looks: int
) -> dict[str, Any]:
    """Everything `metrics` of the card says; `looks` is of how many the weights are the best."""
    before, after = (embed_tiles(card, labelled) for card in (real, short))
    told = evaluate_features(Request(short, data / VALIDATION, data, wants_report=False)).figures
    heads = (*after.figures(labelled), "tiles")
    metrics: dict[str, Any] = {
        "data": "EuroSAT's validation part: 4,050 tiles apart from training by file name and by "
        "pixels, examples from its training part"
        + ("; the best of the looks was kept on some of it" if looks > 1 else ""),
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
