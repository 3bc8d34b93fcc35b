# SPDX-License-Identifier: GPL-2.0-or-later
"""What was read once is known: the memory of validity, and a provider that is not asked twice."""

from __future__ import annotations

from pathlib import Path

import networks
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from plugin_helpers import add_raster, patchwork, read_pixels, write_raster
from qgis.core import QgsRasterRange

from geosift.inference.raster.box import Box
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.plugin.layers.layer_source import engine_source
from geosift.plugin.layers.provider_source import ProviderSource
from geosift.plugin.layers.validity_memory import ValidityMemory

TRUTH = np.random.default_rng(3).random((40, 50)) > 0.3
boxes = st.builds(
    lambda top, left, height, width: Box(top, left, min(top + height, 40), min(left + width, 50)),
    st.integers(0, 39), st.integers(0, 49), st.integers(1, 25), st.integers(1, 25),
)  # fmt: skip


def _of_truth(box: Box) -> np.ndarray:
    return TRUTH[box.top : box.bottom, box.left : box.right]


@quick
@given(st.lists(boxes, max_size=9), boxes, st.integers(100, 2000))
def test_what_is_recalled_is_what_was_kept(reads: list[Box], wanted: Box, most: int) -> None:
    """All of it or nothing; and the newest reads are there while there is room for them."""
    memory = ValidityMemory(most)
    for box in reads:
        memory.keep(box, _of_truth(box))
    expected = _of_truth(wanted)
    found = memory.recall(wanted, height=expected.shape[0], width=expected.shape[1])
    seen, room = np.zeros(TRUTH.shape, bool), most
    for box in reversed(reads):
        room -= _of_truth(box).size
        if room < 0:
            break
        seen[box.top : box.bottom, box.left : box.right] = True
    if seen[wanted.top : wanted.bottom, wanted.left : wanted.right].all():
        np.testing.assert_array_equal(found, expected)
    else:
        assert found is None


def test_other_pixels_than_the_rasters_are_not_kept() -> None:
    memory = ValidityMemory()
    memory.keep(Box(0, 0, 40, 50), TRUTH[::2, ::2])
    memory.keep(Box(0.5, 0, 40.5, 50), TRUTH)
    assert memory.recall(Box(0, 0, 20, 25), height=20, width=25) is None
    memory.keep(Box(0, 0, 40, 50), TRUTH)
    assert memory.recall(Box(0, 0, 20, 25), height=10, width=25) is None
    assert memory.recall(Box(0, 0, 20, 25), height=20, width=25) is not None


class Counting(ProviderSource):
    """Counts the pixels asked of the provider."""

    asked = 0

    def _block(self, band, rectangle, rows, cols):
        self.asked += rows * cols
        return super()._block(band, rectangle, rows, cols)


def test_a_run_asks_the_provider_only_for_its_tiles(qgis_app, tmp_path: Path) -> None:
    pixels = patchwork(300, 400)
    pixels[:, 40:90, 200:260] = 7
    layer = add_raster(write_raster(tmp_path / "a.tif", pixels))
    for band in (1, 2, 3):
        layer.dataProvider().setUserNoDataValue(band, [QgsRasterRange(7, 7)])
    grid = engine_source(layer, extent=None, metres=1.0)
    source = Counting(grid, bands=None, names=("red", "green", "blue"))
    card = networks.smooth(tmp_path, tile=128, halo=16, ring=8, fade=8)
    result = run(SegmentJob(source=source, card=card, output=tmp_path / "out.tif"))
    assert source.asked == 3 * round(result.computed * 300 * 400)
    gaps = (pixels == 7).all(axis=0)
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.tif") == 255, gaps)
