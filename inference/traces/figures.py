# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network of traces comes to, in a few numbers."""

from __future__ import annotations

import numpy as np

from .job import SetFigures
from .trace import ABUTTING, CROSSING, FREE, NO_SET, Network, Trace

ROSE_BINS = 18


def rose_of(network: Network) -> tuple[float, ...]:
    """Length by azimuth, in bins of equal width from north on."""
    azimuths = np.array([trace.azimuth for trace in network.traces])
    lengths = [trace.length for trace in network.traces]
    bins = (azimuths * (ROSE_BINS / 180.0)).astype(int) % ROSE_BINS
    return tuple(np.bincount(bins, lengths, ROSE_BINS).tolist())


def node_counts(network: Network) -> dict[str, int]:
    """By kind, without ends that only the border of the raster makes."""
    return {kind: network.nodes.count(kind) for kind in (FREE, ABUTTING, CROSSING)}


def set_figures(network: Network) -> tuple[SetFigures, ...]:
    """Of every set, by its number; lines of no set are none."""
    total = sum(trace.length for trace in network.traces)
    numbers = sorted({trace.set for trace in network.traces} - {NO_SET})
    return tuple(
        _figures(number, [trace for trace in network.traces if trace.set == number], total)
        for number in numbers
    )


def _figures(number: int, traces: list[Trace], total: float) -> SetFigures:
    lengths = np.array([trace.length for trace in traces])
    turns = np.radians([2.0 * trace.azimuth for trace in traces])
    middle = np.degrees(np.arctan2(lengths @ np.sin(turns), lengths @ np.cos(turns))) / 2.0
    length = float(lengths.sum())
    return SetFigures(number, float(middle % 180.0), len(traces), length, length / total)
