# SPDX-License-Identifier: GPL-2.0-or-later
"""A network asked about a whole picture at once, while it is being made: no tiles, no files.

What ships is measured through the product's engine instead: see the `evaluate.py` of its task.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from .mobile_unet import STRIDE_MULTIPLE

Predict = Callable[[np.ndarray], np.ndarray]
"""(1, 3, H, W) uint8, sides as the network wants them, to logits (1, planes, H/2, W/2) float32."""


def torch_predictor(net: nn.Module) -> Predict:
    """A network in training, asked in float32."""
    device = next(net.parameters()).device

    def predict(image: np.ndarray) -> np.ndarray:
        tensor = torch.from_numpy(image).to(device).float()
        with torch.inference_mode():
            logits = net.eval()(tensor.contiguous(memory_format=torch.channels_last))
        return logits.float().cpu().numpy()

    return predict


def onnx_predictor(path: Path, *, threads: int = 2) -> Predict:
    """An ONNX file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(["logits"], {"image": image})[0]


def logits_of(predict: Predict, image: np.ndarray) -> np.ndarray:
    """Logits (planes, H, W) of an image (H, W, 3); its edges are padded by reflection."""
    height, width = image.shape[:2]
    below, right = -height % STRIDE_MULTIPLE, -width % STRIDE_MULTIPLE
    padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    coarse = predict(np.ascontiguousarray(padded.transpose(2, 0, 1))[None])[0]
    size = padded.shape[1::-1]
    planes = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in coarse]
    return np.stack(planes)[:, :height, :width]
