# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes encoder, decoder and card, with figures measured on the very files that are shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...inference.cards.card import ModelCard
from ...inference.prompt.network import PromptNetwork
from ..candidates import IN_BYTES, learnt_in_words
from ..gate import Gate
from ..picture_statistics import picture_statistics
from ..quantisation import calibrated
from ..shipping import described, kept_step, ship, write_card
from .agreement import Compared, compared, examples
from .card import prompt_card
from .card_metrics import measured
from .commands import looks
from .config import PromptConfig
from .encoder import PromptEncoder
from .files import DECODER, ENCODER, quantise_decoder, write_decoder, write_encoder
from .quantise import best_net, calibration_images, quantised_encoder
from .sampler import PromptSampler
from .scenes import Pool, training_pools, validation_pools

BOTH = (
    "Convolutions of the decoder in 8 bits, calibrated after training (least and largest values), "
    "but for its comparison with what was pointed at and its last one, which stay in float. "
    f"{IN_BYTES}, features as bytes."
)
_BATCHES = 10
"""Of each source, to compare 8 bits with float."""
_CALIBRATION = 4
"""Batches from which the decoder's ranges are measured."""


def gate(config: PromptConfig) -> Gate:
    """What is asked of the 8-bit encoder."""
    return Gate(
        figure="mean_iou",
        least_agreement=0.99,
        largest_loss=0.005,
        largest_file=config.largest_files,
    )


def export(
    config: PromptConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write the network and its card into `models` if it passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    kept, pools = kept_step(out / "float_best.json"), training_pools(config, data)
    sampler = PromptSampler(
        pools, config.prompts, config.augment, crops=config.steps.crops, seed=config.seed
    )
    short, words = _short(config, sampler, out)
    card = prompt_card(
        config,
        kept_step=kept,
        quantisation=f"{words} {BOTH} {remark}".strip(),
        statistics=_statistics([pool for pool, _ in pools]),
    )
    cards = _candidates(config, card, out, short, sampler)
    alike = _compare(config, data, *cards)
    card["metrics"] = {**_gate_figures(alike), **measured(cards[1], data)}
    folder = out / "candidate"
    _write(card, folder)
    print(json.dumps(card["metrics"], indent=2))
    gate(config).require(
        card["metrics"],
        size=sum((folder / name).stat().st_size for name in (ENCODER, DECODER)),
        marks={"kept apart": alike.int8_iou},
        incumbent=_incumbent(config, data, models / "prompt.json"),
    )
    ship(folder / ENCODER, models, beside=(DECODER,))
    return card


def _short(config: PromptConfig, sampler: PromptSampler, out: Path) -> tuple[PromptEncoder, str]:
    """The 8-bit encoder, and words on how its ranges came."""
    learnt = out / "quantised.pt"
    if learnt.exists():
        short, steps = quantised_encoder(config, learnt), config.steps.quantised
    else:
        real = best_net(config, out).encoder
        short, steps = calibrated(real, calibration_images(config, sampler)), None
    towards = "encoder's own features"
    return short, f"Encoder in 8 bits: {learnt_in_words(steps, towards=towards)}."


def _statistics(pools: list[Pool]) -> dict[str, Any]:
    return picture_statistics([scene.image for pool in pools for scene in pool.scenes])


def _candidates(
    config: PromptConfig,
    card: dict[str, Any],
    out: Path,
    short: PromptEncoder,
    sampler: PromptSampler,
) -> tuple[ModelCard, ModelCard]:
    """The float and the 8-bit network as files with their cards."""
    real = best_net(config, out)
    made = []
    for name, encoder in (("float", real.encoder), ("candidate", short)):
        folder, quantised = out / name, encoder is short
        folder.mkdir(exist_ok=True)
        write_encoder(encoder, folder / ENCODER, quantised=quantised)
        write_decoder(real.decoder, folder / DECODER, encoder=encoder if quantised else None)
        made.append(_write(card, folder))
    later = config.steps.float + config.steps.quantised + 1000  # crops nobody learnt from
    batches = (sampler.batch(later + step) for step in range(_CALIBRATION))
    candidate = out / "candidate"
    quantise_decoder(candidate / DECODER, examples(PromptNetwork(made[1]), batches))
    return made[0], _write(card, candidate)


def _write(card: dict[str, Any], folder: Path) -> ModelCard:
    """The card with name, size and digest of both files, beside them."""
    decoder = described({}, folder / DECODER)
    return write_card({**described(card, folder / ENCODER), "decoder": decoder}, folder / ENCODER)


def _compare(config: PromptConfig, data: Path, real: ModelCard, short: ModelCard) -> Compared:
    samplers = looks(config, validation_pools(config, data))
    batches = (sampler.batch(step) for _, sampler in samplers for step in range(_BATCHES))
    return compared(PromptNetwork(real), PromptNetwork(short), batches)


def _gate_figures(alike: Compared) -> dict[str, Any]:
    return {
        "float": {"mean_iou": alike.float_iou},
        "int8": {"mean_iou": alike.int8_iou},
        "argmax_agreement": alike.agreement,
        "agreement_data": "windows of the tile and the fields kept apart, boxes and first clicks; "
        "agreement is the share of pixels both masks answer alike",
        "agreement_command": "python -m geosift.training export prompt --data DATA --models MODELS",
    }


def _incumbent(config: PromptConfig, data: Path, path: Path) -> dict[str, float]:
    """The mark, on the same windows, of the network that would be replaced."""
    if not path.exists():
        return {}
    card = ModelCard.load(path)
    return {"kept apart": _compare(config, data, card, card).int8_iou}
