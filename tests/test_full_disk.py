# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that fills up, wherever it does: one sentence, nothing left, and never a crash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import exported_networks
import networks
import numpy as np
import pytest
import rasterio
from made_rasters import noise, patches, write
from running import DYING_RUN, content, is_one_sentence, outputs_in, python, request_of

from geosift.inference.cards.card import ModelCard
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.segmentation.run import SegmentJob, run


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    folder = tmp_path_factory.mktemp("network")
    return networks.smooth(folder, tile=64, halo=16, ring=8, fade=8)


def _on_small_disks(
    request: str, limits: list[int], environment: Mapping[str, str]
) -> dict[int, tuple[str | None, str, list[str]]]:
    """What became of the run for each largest size of a file; a crash fails here."""
    process = python(environment, DYING_RUN, request)
    printed, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint[-2000:]
    return dict(zip(limits, json.loads(printed)))


def _limits(reference: Path, scratch: int) -> list[int]:
    """Sizes that strike in each file: at its start, in its middle, just before its end."""
    sizes = [path.stat().st_size for path in reference.iterdir()] + [scratch]
    ends = {size + change for size in sizes for change in (-1, -300, -5000)}
    return sorted({0, 100, 10**9, *(size // 2 for size in sizes), *ends} - set(range(-5000, 0)))


def _check_small_disks(became: dict, disks: Path, reference: Path) -> None:
    whole = content(reference)
    for limit, (kind, message, files) in became.items():
        if kind is None:
            found = content(disks / str(limit))
            assert sorted(found) == sorted(whole)
            for name in {"out.tif", "sure.tif"} & set(whole):
                made, expected = (rasterio.open(folder / name) for folder in
                                  (disks / str(limit), reference))  # fmt: skip
                with made, expected:
                    np.testing.assert_array_equal(made.read(), expected.read())
        else:
            assert kind == "OutputError", (limit, message)
            assert "disk" in message, (limit, message)
            assert is_one_sentence(message), (limit, message)
            assert files == [], (limit, files)
    assert became[10**9][0] is None
    assert sum(kind is not None for kind, _, _ in became.values()) > len(became) // 2


@pytest.mark.parametrize("cache", ["64", "1"], ids=["blocks kept", "blocks written at once"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    cache: str, card, tmp_path: Path, plain_environment
) -> None:
    """No file may grow beyond so many bytes: what does not fit fails, what fits is whole.

    GDAL writes blocks when its cache (in MB) is full, or at the end: it fails elsewhere.
    """
    source = write(tmp_path / "in.tif", patches(3, 600, 1100))
    reference, disks = tmp_path / "reference", tmp_path / "disks"
    reference.mkdir()
    disks.mkdir()
    run(SegmentJob(source=str(source), card=replace(card, tile=512), **outputs_in(reference)))
    limits = _limits(reference, 6 * 512 * 512)[(cache == "1") :: 2]
    limits = sorted({*limits, 10**9})
    request = request_of(source, card, tmp_path, limits=limits, disks=str(disks))
    environment = {**plain_environment, "GDAL_CACHEMAX": cache}
    became = _on_small_disks(request, limits, environment)
    _check_small_disks(became, disks, reference)


@pytest.mark.parametrize("cache", ["64", "1"], ids=["blocks kept", "blocks written at once"])
def test_numbers_on_a_full_disk_are_whole_or_absent(
    cache: str, tmp_path: Path, plain_environment
) -> None:
    """Four bytes a pixel: the uncompressed scratch file is larger than what is kept."""
    source = write(tmp_path / "in.tif", patches(3, 600, 700))
    card = exported_networks.weighted(tmp_path, reach=0, tile=256)
    exported_networks.described(card)
    reference, disks = tmp_path / "reference", tmp_path / "disks"
    reference.mkdir()
    disks.mkdir()
    run_regress(RegressJob(source=str(source), card=card, output=reference / "out.tif"))
    scratch, size = 4 * 4 * 512 * 512, (reference / "out.tif").stat().st_size
    limits = sorted({0, 5000, size // 2, size - 1, scratch // 2, scratch - 1, 10**9})
    job = {"source": str(source), "output": str(tmp_path / "out.tif")}
    request = {"job": job, "card": str(card.path.with_suffix(".json")), "limits": limits}
    environment = {**plain_environment, "GDAL_CACHEMAX": cache}
    became = _on_small_disks(json.dumps({**request, "disks": str(disks)}), limits, environment)
    _check_small_disks(became, disks, reference)


def test_a_disk_full_while_the_cog_is_made(tmp_path: Path, plain_environment) -> None:
    """Noise does not compress: the COG with its overviews is larger than the scratch file."""
    source = write(tmp_path / "in.tif", noise(3, 512, 1024, high=255))
    card = networks.levels(tmp_path, steps=6, tile=256, halo=8, ring=2, fade=4)
    reference, disks = tmp_path / "reference", tmp_path / "disks"
    reference.mkdir()
    disks.mkdir()
    run(SegmentJob(source=str(source), card=card, output=reference / "out.tif"))
    scratch = 512 * 1024
    size = (reference / "out.tif").stat().st_size
    assert size > scratch + 2000
    limits = [scratch + 1000, (scratch + size) // 2, size - 300, size - 1, 10**9]
    job = {"source": str(source), "output": str(tmp_path / "out.tif")}
    request = {"job": job, "card": str(card.path.with_suffix(".json")), "limits": limits}
    became = _on_small_disks(
        json.dumps({**request, "disks": str(disks)}), limits, plain_environment
    )
    _check_small_disks(became, disks, reference)
