# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters placed by control points, or by the identity: answers lie where QGIS draws the raster."""

from __future__ import annotations

import json
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from made_rasters import UTM, write
from osgeo import gdal, ogr
from qgis.core import QgsPoint, QgsRasterLayer
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.transform import Affine

from geosift.inference.raster.control_points import ControlPoint, ControlPoints
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window
from geosift.inference.segmentation.run import SegmentJob, run

HEIGHT, WIDTH = 120, 170


def _on_ground(row: float, col: float, bend: float) -> tuple[float, float]:
    """A camera that looked aside: turned, sheared, and (with `bend`) curved."""
    x = 325000 + 0.5 * col - 0.12 * row + bend * (col / WIDTH) ** 2
    y = 2785000 + 0.1 * col - 0.48 * row + bend * (row / HEIGHT) * (col / WIDTH)
    return x, y


def _points(count: int, bend: float = 6.0) -> ControlPoints:
    """On a grid of `count` x `count`: a plane through 4, GDAL's second order through 9."""
    places = [
        (row, col) for row in np.linspace(0, HEIGHT, count) for col in np.linspace(0, WIDTH, count)
    ]
    return ControlPoints(
        tuple(ControlPoint(row, col, *_on_ground(row, col, bend)) for row, col in places)
    )


def _shapes() -> np.ndarray:
    """Dark with one bright rectangle off the middle: no turn or flip leaves it where it is."""
    image = np.full((3, HEIGHT, WIDTH), 20, np.uint8)
    image[:, 24:60, 100:152] = 220
    return image


def _raster(path: Path, points: ControlPoints, crs: CRS | None = UTM) -> Path:
    write(path, _shapes(), crs=None, transform=None)
    with rasterio.open(path, "r+") as dataset:
        dataset.gcps = points.for_rasterio(), crs or CRS()
    return path


@pytest.mark.parametrize("count", [2, 3])
def test_it_is_the_polynomial_of_gdal(count: int, tmp_path: Path) -> None:
    points = _points(count)
    path = _raster(tmp_path / "in.tif", points)
    dataset = gdal.Open(str(path))
    oracle = gdal.Transformer(dataset, None, [])
    for col, row in ((0, 0), (100, 24), (170, 120), (33.5, 77.25)):
        _, (x, y, _) = oracle.TransformPoint(0, col, row)
        assert points.to_map(col, row) == pytest.approx((x, y), abs=1e-6)
        _, (back_col, back_row, _) = oracle.TransformPoint(1, x, y)
        assert points.to_pixel(x, y) == pytest.approx((back_col, back_row), abs=1e-6)


@quick
@given(st.integers(0, 60), st.integers(0, 90), st.integers(1, 4), st.sampled_from([2, 3]))
def test_parts_and_other_sizes_lie_in_the_same_place(row, col, factor, count) -> None:
    whole = Frame(HEIGHT, WIDTH, None, UTM, _points(count))
    part = whole.crop(Window(row, col, 50, 70))
    finer = whole.resampled(HEIGHT * factor, WIDTH * factor)
    expected = np.array(whole.to_map([col, col + 70], [row, row + 50]))
    np.testing.assert_allclose(part.to_map([0, 70], [0, 50]), expected, atol=1e-5)
    cols, rows = np.array([col, col + 70]) * factor, np.array([row, row + 50]) * factor
    np.testing.assert_allclose(finer.to_map(cols, rows), expected, atol=1e-5)
    np.testing.assert_allclose(finer.to_pixel(*expected), (cols, rows), atol=2 * factor)


def test_pixels_have_a_size_on_the_ground() -> None:
    width, height = Frame(HEIGHT, WIDTH, None, UTM, _points(2, 0)).pixel_size_m()
    assert width == pytest.approx(np.hypot(0.5, 0.1), rel=1e-3)
    assert height == pytest.approx(np.hypot(0.12, 0.48), rel=1e-3)


def _bright_in_qgis(path: Path, threshold: float) -> tuple[float, float, float, float]:
    """Where QGIS draws values above the threshold: west, south, east, north."""
    layer = QgsRasterLayer(str(path), "layer")
    assert layer.isValid()
    box, height, width = layer.extent(), layer.height(), layer.width()
    block = layer.dataProvider().block(1, box, width, height)
    values = np.array([[block.value(r, c) for c in range(width)] for r in range(height)])
    gaps = np.array([[block.isNoData(r, c) for c in range(width)] for r in range(height)])
    rows, cols = np.nonzero((values > threshold) & ~gaps)
    x, y = box.width() / width, box.height() / height
    return (
        box.xMinimum() + cols.min() * x, box.yMaximum() - (rows.max() + 1) * y,
        box.xMinimum() + (cols.max() + 1) * x, box.yMaximum() - rows.min() * y,
    )  # fmt: skip


def _box_of(polygons: Path, class_id: int) -> tuple[float, float, float, float]:
    dataset = ogr.Open(str(polygons))
    boxes = np.array(
        [
            feature.GetGeometryRef().GetEnvelope()
            for feature in dataset.GetLayer()
            if feature.GetField("class_id") == class_id
        ]
    )
    west, east, south, north = boxes.T
    return west.min(), south.min(), east.max(), north.max()


@pytest.mark.parametrize("grid", ["input", "network"])
@pytest.mark.parametrize("place", ["plane", "curved", "no crs", "identity", "nowhere", "too few"])
def test_the_answer_lies_on_the_image_in_qgis(place: str, grid: str, qgis_app, tmp_path) -> None:
    path = tmp_path / "in.tif"
    if place in ("identity", "nowhere"):
        transform = Affine.identity() if place == "identity" else None
        write(path, _shapes(), crs=None, transform=transform)
    elif place == "too few":
        _raster(path, ControlPoints(_points(2).points[:2]))
    else:
        crs = None if place == "no crs" else UTM
        _raster(path, _points(3 if place == "curved" else 2), crs)
    card = networks.bright(
        tmp_path, channels=3, stride=2, resolution=0.25, tile=128, halo=16, ring=4, fade=8
    )
    job = SegmentJob(
        source=str(path), card=card, output=tmp_path / "out.tif", grid=grid,
        polygons=tmp_path / "out.gpkg", report=tmp_path / "out.json",
    )  # fmt: skip
    result = run(job)
    image = _bright_in_qgis(path, 120)
    near = 1.5 if place in ("plane", "curved", "no crs") else 2.5
    assert _bright_in_qgis(job.output, 0.5) == pytest.approx(image, abs=near)
    assert _box_of(job.polygons, 1) == pytest.approx(image, abs=near)
    known = place in ("plane", "curved")
    assert (result.areas[1].area_m2 is not None) == known
    (warning,) = json.loads(job.report.read_text())["warnings"]
    assert ("control points" if known else "works in pixels") in warning


def test_extents_and_masks_are_in_map_coordinates(tmp_path: Path) -> None:
    points = _points(3)
    path = _raster(tmp_path / "in.tif", points)
    xs, ys = points.to_map([90, 160, 160, 90], [16, 16, 70, 70])
    card = networks.bright(tmp_path, channels=3, stride=2, tile=128, halo=16, ring=4, fade=8)
    part = tmp_path / "part.tif"
    run(
        SegmentJob(
            source=str(path), card=card, output=part,
            extent=(xs.min(), ys.min(), xs.max(), ys.max()),
        )
    )  # fmt: skip
    with FileSource(str(part), bands=(1,), names=("class",)) as made:
        cols, rows = made.frame.to_pixel(*points.to_map([100, 152], [24, 60]))
        with rasterio.open(part) as dataset:
            classes = dataset.read(1)
    inside = classes[
        round(rows[0]) + 3 : round(rows[1]) - 3, round(cols[0]) + 3 : round(cols[1]) - 3
    ]
    assert inside.size > 500
    assert (inside == 1).all()
    ring = np.stack([xs, ys], axis=1).tolist()
    mask = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    run(SegmentJob(source=str(path), card=card, output=part, mask=(mask,)))
    with rasterio.open(part) as dataset:
        answered = np.argwhere(dataset.read(1) != 255)
    assert answered.min(axis=0) == pytest.approx((16, 90), abs=2)
    assert answered.max(axis=0) == pytest.approx((69, 159), abs=2)


def test_too_few_points_are_no_place(tmp_path: Path) -> None:
    path = _raster(tmp_path / "in.tif", ControlPoints(_points(2).points[:2]))
    with FileSource(str(path), bands=None, names=("a",)) as source:
        assert source.frame.control_points is None
        assert not source.frame.is_georeferenced


def test_qgis_transforms_as_we_do(qgis_app, tmp_path: Path) -> None:
    points = _points(3)
    layer = QgsRasterLayer(str(_raster(tmp_path / "in.tif", points)), "layer")
    provider = layer.dataProvider()
    there = provider.transformCoordinates(QgsPoint(100, 24), provider.TransformImageToLayer)
    assert points.to_map(100, 24) == pytest.approx((there.x(), there.y()), abs=1e-6)


def test_gcps_reach_the_cog_scaled(tmp_path: Path) -> None:
    points = _points(2)
    path = _raster(tmp_path / "in.tif", points)
    card = networks.bright(tmp_path, channels=3, stride=2, resolution=0.25, tile=128, halo=16)
    run(SegmentJob(source=str(path), card=card, output=tmp_path / "out.tif", grid="network"))
    with rasterio.open(tmp_path / "out.tif") as made:
        found, crs = made.gcps
        scale = made.height / HEIGHT
        assert scale == pytest.approx(2, abs=0.2)
        assert crs == UTM
        expected = [
            GroundControlPoint(row=p.row * scale, col=p.col * made.width / WIDTH, x=p.x, y=p.y)
            for p in points.points
        ]
    for one, other in zip(found, expected):
        assert (one.row, one.col, one.x, one.y) == pytest.approx(
            (other.row, other.col, other.x, other.y)
        )
