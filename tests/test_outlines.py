# SPDX-License-Identifier: GPL-2.0-or-later
"""Regions of class rasters: the very polygons GDAL makes, strip by strip, told and stoppable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from osgeo import ogr
from rasterio.features import shapes
from real_data import REPOSITORY

from geosift.inference.cards.card import NODATA_CLASS
from geosift.inference.errors import Cancelled
from geosift.inference.raster import strips
from geosift.inference.vector.cycles import cycles
from geosift.inference.vector.outlines import Region
from geosift.inference.vector.polygons import regions
from geosift.inference.vector.simplify import simplified

Pixels = NDArray[np.uint8]

PIXELS = hnp.arrays(
    np.uint8,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.sampled_from([0, 1, 2, NODATA_CLASS]),
)


def spiral(side: int) -> Pixels:
    """One line of ones that winds inwards through zeros."""
    pixels = np.zeros((side, side), np.uint8)
    row, col, ways = 0, -1, [(0, 1), (1, 0), (0, -1), (-1, 0)]
    length, turn = side, 0
    while length > 0:
        for _ in range(length):
            row, col = row + ways[turn % 4][0], col + ways[turn % 4][1]
            pixels[row, col] = 1
        turn += 1
        length -= 2 if turn % 2 == 0 or turn == 1 else 0
    return pixels


def nested(side: int) -> Pixels:
    """Rings of classes 0, 1, 2 around each other."""
    distance = np.minimum(np.arange(side), np.arange(side)[::-1])
    return (np.minimum.outer(distance, distance) % 3).astype(np.uint8)


MADE = {
    "one pixel": np.ones((1, 1), np.uint8),
    "all nodata": np.full((3, 4), NODATA_CLASS, np.uint8),
    "one class": np.zeros((5, 7), np.uint8),
    "checkerboard": (np.indices((9, 8)).sum(axis=0) % 2).astype(np.uint8),
    "checkerboard with nodata": (np.indices((9, 8)).sum(axis=0) % 2 * 255).astype(np.uint8),
    "spiral": spiral(31),
    "nested": nested(30),
    "row": np.array([[0, 0, 1, 255, 1, 2, 2]], np.uint8),
    "column": np.array([[0, 0, 1, 255, 1, 2, 2]], np.uint8).T,
    "lines": np.repeat(np.arange(40, dtype=np.uint8)[:, None] % 2, 33, axis=1),
    "hole touches outline": np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8),
    "holes touch": np.pad(np.array([[0, 1, 0], [1, 0, 1]], np.uint8), 1, constant_values=1),
    "noise": np.random.default_rng(1).integers(0, 3, (150, 170), np.uint8),
}


def written(path: Path, pixels: Pixels) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=pixels.shape[0], width=pixels.shape[1], count=1,
        dtype=pixels.dtype, nodata=NODATA_CLASS,
    ) as dataset:  # fmt: skip
        dataset.write(pixels, 1)
    return path


def canonical(ring: NDArray) -> tuple[tuple[int, int], ...]:
    """A ring regardless of start and direction."""
    points = [tuple(map(int, point)) for point in ring[:-1]]
    least = points.index(min(points))
    forwards = points[least:] + points[:least]
    return min(tuple(forwards), tuple(forwards[:1] + forwards[:0:-1]))


def polygon(class_id: float, rings: list[NDArray]) -> tuple:
    return int(class_id), canonical(rings[0]), frozenset(map(canonical, rings[1:]))


def ours(found: list[Region]) -> Counter:
    return Counter(polygon(region.class_id, list(region.rings)) for region in found)


def oracle(pixels: Pixels) -> Counter:
    """What GDAL makes of the whole raster at once."""
    return Counter(
        polygon(value, [np.asarray(ring) for ring in geometry["coordinates"]])
        for geometry, value in shapes(pixels, connectivity=4)
        if value != NODATA_CLASS
    )


def turns_rightly(region: Region) -> bool:
    """Whether the outer ring turns clockwise on screen and the holes the other way."""
    areas = [doubled_area(ring.astype(np.int64)) for ring in region.rings]
    return areas[0] > 0 and all(area < 0 for area in areas[1:])


def doubled_area(ring: NDArray) -> int:
    x, y = ring.T
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def geometry(region: Region) -> ogr.Geometry:
    shape = ogr.Geometry(ogr.wkbPolygon)
    for ring in region.rings:
        line = ogr.Geometry(ogr.wkbLinearRing)
        for col, row in ring.tolist():
            line.AddPoint_2D(col, row)
        shape.AddGeometry(line)
    return shape


@pytest.fixture(params=[1, 40, 10_000_000])
def strip(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strips of a row, of a few rows, of all rows."""
    monkeypatch.setattr(strips, "_PIXELS_AT_ONCE", request.param)


@pytest.mark.usefixtures("strip")
@pytest.mark.parametrize("name", MADE)
def test_regions_are_those_of_gdal(name: str, tmp_path: Path) -> None:
    found = list(regions(written(tmp_path / "classes.tif", MADE[name])))
    assert ours(found) == oracle(MADE[name])
    assert all(geometry(region).IsValid() for region in found)


@pytest.mark.usefixtures("strip")
@settings(max_examples=150)
@given(pixels=PIXELS)
def test_regions_of_any_raster_are_those_of_gdal(pixels: Pixels, tmp_path: Path) -> None:
    found = list(regions(written(tmp_path / "classes.tif", pixels)))
    assert ours(found) == oracle(pixels)
    assert all(geometry(region).IsValid() for region in found)
    assert sum(geometry(region).GetArea() for region in found) == (pixels != NODATA_CLASS).sum()


def test_regions_of_the_sample_are_those_of_gdal() -> None:
    truth = REPOSITORY / "resources" / "sample" / "truth.tif"
    with rasterio.open(truth) as dataset:
        pixels = dataset.read(1)
    assert ours(list(regions(truth))) == oracle(pixels)


def test_rings_turn_the_right_way_and_close(tmp_path: Path) -> None:
    for region in regions(written(tmp_path / "classes.tif", MADE["noise"])):
        assert turns_rightly(region)
        assert all((ring[0] == ring[-1]).all() for ring in region.rings)


def test_regions_are_a_sequence(tmp_path: Path) -> None:
    found = regions(written(tmp_path / "classes.tif", MADE["row"]))
    assert [region.class_id for region in found] == [0, 1, 1, 2]
    assert found[-1].class_id == 2
    with pytest.raises(IndexError):
        found[4]


def test_regions_tell_how_far_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "_PIXELS_AT_ONCE", 1)
    told: list[float] = []
    regions(written(tmp_path / "classes.tif", MADE["noise"]), progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0
    assert len(told) > 100


def test_regions_stop_between_strips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "_PIXELS_AT_ONCE", 1)
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        regions(written(tmp_path / "c.tif", MADE["noise"]), cancelled=lambda: next(answers))
    assert list(answers) == []


@given(st.permutations(range(40)))
def test_cycles_are_told_apart_and_walked(following: list[int]) -> None:
    told: list[float] = []
    head, position = cycles(np.array(following, np.int32), told.append)
    assert told == sorted(told)
    assert told[0] >= 0.0
    assert told[-1] <= 1.0
    for start in set(head.tolist()):
        element, steps = start, 0
        while True:
            assert (head[element], position[element]) == (start, steps)
            element, steps = following[element], steps + 1
            if element == start:
                break
        assert steps == (head == start).sum()


TOLERANCES = st.sampled_from([0.4, 0.8, 1.0, 1.5, 2.5, 6.0])


def lines_of(found: Sequence[Region]) -> Counter:
    return Counter(
        (*start, *end)
        for region in found
        for ring in region.rings
        for start, end in zip(ring[:-1].tolist(), ring[1:].tolist())
    )


@pytest.mark.parametrize("tolerance", [0.5, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("name", MADE)
def test_simplified_regions_stay_valid(name: str, tolerance: float, tmp_path: Path) -> None:
    found = regions(written(tmp_path / "classes.tif", MADE[name]))
    simple = simplified(found, tolerance)
    assert [region.class_id for region in simple] == [region.class_id for region in found]
    assert all(geometry(region).IsValid() and turns_rightly(region) for region in simple)
    assert sum(geometry(region).GetArea() > 0 for region in simple) == len(found)


@settings(max_examples=400)
@given(pixels=PIXELS, tolerance=TOLERANCES)
def test_simplified_regions_neither_overlap_nor_come_apart(
    pixels: Pixels, tolerance: float, tmp_path: Path
) -> None:
    whole = np.where(pixels == NODATA_CLASS, 3, pixels)
    simple = simplified(regions(written(tmp_path / "classes.tif", whole)), tolerance)
    shapes_of = [geometry(region) for region in simple]
    assert all(shape.IsValid() for shape in shapes_of)
    assert all(turns_rightly(region) for region in simple)
    lines = lines_of(simple)
    assert max(lines.values()) == 1
    rim = [line for line in lines if lines[(*line[2:], *line[:2])] == 0]
    area = sum(x * v - u * y for x, y, u, v in rim) / 2
    assert sum(shape.GetArea() for shape in shapes_of) == pytest.approx(area)


@settings(max_examples=100)
@given(pixels=PIXELS, tolerance=TOLERANCES)
def test_simplified_outlines_stay_near(pixels: Pixels, tolerance: float, tmp_path: Path) -> None:
    found = regions(written(tmp_path / "classes.tif", pixels))
    for region, simple in zip(found, simplified(found, tolerance)):
        outline = geometry(simple).Boundary()
        for col, row in np.concatenate(region.rings).tolist():
            point = ogr.Geometry(ogr.wkbPoint)
            point.AddPoint_2D(col, row)
            assert point.Distance(outline) <= tolerance + 1e-9


@pytest.mark.parametrize("tolerance", [0.5, 1.5, 4.0])
def test_simplified_sample_stays_valid(tolerance: float) -> None:
    found = regions(REPOSITORY / "resources" / "sample" / "truth.tif")
    simple = simplified(found, tolerance)
    assert len(simple.points) < len(found.points)
    assert all(geometry(region).IsValid() for region in simple)


def test_simplifying_leaves_an_island_on_its_side(tmp_path: Path) -> None:
    """A bulge that simplifying would cut off holds an island."""
    pixels = np.zeros((24, 30), np.uint8)
    pixels[8:] = 1
    pixels[4:8, 8:22] = 1
    pixels[5, 12] = 2
    found = regions(written(tmp_path / "classes.tif", pixels))
    simple = simplified(found, 6.0)
    assert all(geometry(region).IsValid() for region in simple)
    outer, island = (next(r for r in simple if r.class_id == i) for i in (1, 2))
    assert len(outer.rings) == 2
    assert geometry(Region(1, outer.rings[:1])).Contains(geometry(island))


def test_simplifying_tells_and_stops(tmp_path: Path) -> None:
    found = regions(written(tmp_path / "classes.tif", MADE["noise"]))
    told: list[float] = []
    simplified(found, 1.5, told.append)
    assert told == sorted(told) and told[-1] == 1.0

    def stop(done: float) -> None:
        raise Cancelled(str(done))

    with pytest.raises(Cancelled):
        simplified(found, 1.5, stop)
