# SPDX-License-Identifier: GPL-2.0-or-later
"""Encoder and decoder as ONNX files."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from ...inference.prompt.planes import CELLS, PLANES, STRIDE
from ..onnx_writer import OPSET, draw
from .decoder import PromptDecoder
from .encoder import PromptEncoder

ENCODER, DECODER = "prompt.onnx", "prompt-decoder.onnx"


class _FromBytes(nn.Module):
    """The decoder, asked of features as the 8-bit encoder gives them: 0..255, each a step of 6."""

    def __init__(self, decoder: PromptDecoder, scale: float) -> None:
        super().__init__()
        self.decoder, self.scale = decoder, scale

    def forward(self, features: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        return self.decoder(features.float() * self.scale, planes)


def write_encoder(encoder: PromptEncoder, path: Path, *, quantised: bool) -> None:
    """The folded encoder: `image` uint8 in, `features` out, bytes where it is quantised."""
    channels = encoder.features.conv.out_channels
    answer = (channels, f"H/{STRIDE}", f"W/{STRIDE}")
    model = draw(encoder, "prompt", answer=answer, quantised=quantised, output="features")
    onnx.save(model, path)


def write_decoder(decoder: PromptDecoder, path: Path, *, encoder: PromptEncoder | None) -> None:
    """The decoder for the features of the quantised `encoder`; for float features without one."""
    channels = decoder.keys.in_channels
    features: Tensor = torch.zeros(1, channels, CELLS, CELLS)
    net: nn.Module = decoder
    if encoder is not None:
        if int(encoder.features.out_range.zero) != 0:
            raise ValueError("features should start at 0, since they come out of a ReLU6")
        features = features.to(torch.uint8)
        net = _FromBytes(decoder, float(encoder.features.out_range.scale))
    names = {"input_names": ["features", "planes"], "output_names": ["masks", "ious"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an exporter on its way out; its files are checked here
        torch.onnx.export(
            net.eval(),
            (features, torch.zeros(1, PLANES, CELLS, CELLS)),
            str(path),
            **names,
            dynamic_axes={name: {0: "n"} for both in names.values() for name in both},
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(path), full_check=True)
