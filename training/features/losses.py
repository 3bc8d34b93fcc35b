# SPDX-License-Identifier: GPL-2.0-or-later
"""What belongs together should lie closer than anything else of its family."""

from __future__ import annotations

import torch
from torch import Tensor


def alike_loss(vectors: Tensor, groups: Tensor, *, temperature: float) -> Tensor:
    """Triplets with every other group as the distant one (Khosla et al. 2020; of pairs, Sohn 2016).

    vectors (N, values) of unit length, groups (N,). Mean over all ordered pairs of one group of
    -log of the pair's share among all that the first one is compared with, itself left out. Law:
    it does not change when patches change places. 0 where no group has two.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    logits = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    together = (groups[:, None] == groups[None, :]) & ~itself
    if not together.any():
        return vectors.sum() * 0
    shares = logits - logits.logsumexp(dim=1, keepdim=True)
    counts = together.sum(dim=1)
    each = -shares.masked_fill(~together, 0).sum(dim=1) / counts.clamp_min(1)
    return each[counts > 0].mean()
