# SPDX-License-Identifier: GPL-2.0-or-later
"""Which layers are read from their file, and that the others give the engine the right pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    add_raster,
    patchwork,
    read_pixels,
    wait_until,
    write_raster,
)
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRasterRange,
    QgsRectangle,
)
from real_data import real_rasters

from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import InputError
from geosift.inference.raster.box import Box
from geosift.inference.raster.source import FileSource
from geosift.plugin.background.runs import DONE, Run
from geosift.plugin.layers.layer_source import ProviderGrid, engine_source
from geosift.plugin.layers.provider_source import ProviderSource

_RGB = ("red", "green", "blue")
_READABLE = [
    path
    for path in real_rasters()
    if path.stem not in ("corrupt", "all_nodata", "float_nan", "rotated")
]


def _grid_of(layer: QgsRasterLayer) -> ProviderGrid:
    """The layer's provider and grid, also where the engine would take the file."""
    provider = layer.dataProvider()
    return ProviderGrid(
        layer.name(),
        provider.clone(),
        provider.extent(),
        provider.ySize(),
        provider.xSize(),
        layer.crs().toWkt(),
    )


def _source(layer: QgsRasterLayer, **options) -> ProviderSource:
    grid = engine_source(layer, **{"extent": None, "metres": 1.0, **options})
    assert isinstance(grid, ProviderGrid)
    return ProviderSource(grid, bands=None, names=_RGB)


def _read_whole(source) -> tuple[np.ndarray, np.ndarray]:
    frame = source.frame
    box = Box(0, 0, frame.height, frame.width)
    pixels, valid = source.read(box, height=frame.height, width=frame.width)
    return pixels, np.ones(pixels.shape[1:], bool) if valid is None else valid


def test_a_plain_file_is_read_by_its_name(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", patchwork(40, 50))
    assert engine_source(add_raster(path), extent=None, metres=1.0) == str(path)


def test_a_subdataset_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    write_raster(path, patchwork(64, 64), driver="GPKG", RASTER_TABLE="one")
    name = f"GPKG:{path}:one"
    source = engine_source(QgsRasterLayer(name, "one"), extent=None, metres=1.0)
    assert source == name
    with FileSource(source, bands=None, names=_RGB) as opened:
        assert opened.frame.height == 64


@pytest.mark.parametrize("path", _READABLE, ids=lambda path: path.name)
def test_a_provider_gives_the_pixels_of_the_file(path: Path) -> None:
    """Same numbers, same validity, same place, for whatever QGIS and GDAL both can read."""
    layer = QgsRasterLayer(str(path), path.stem)
    with FileSource(str(path), bands=None, names=_RGB) as truth:
        wanted, wanted_valid = _read_whole(truth)
        source = ProviderSource(_grid_of(layer), bands=None, names=_RGB)
        pixels, valid = _read_whole(source)
        assert source.bands == truth.bands
        assert source.dtype == truth.dtype
        assert source.frame.crs == truth.frame.crs
        assert source.frame.transform.almost_equals(truth.frame.transform, 1e-9)
    np.testing.assert_array_equal(valid, wanted_valid)
    np.testing.assert_array_equal(pixels[:, valid], wanted[:, valid])


def test_a_crs_given_in_qgis_counts(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", patchwork(20, 30), crs=None)
    layer = add_raster(path)
    layer.setCrs(QgsCoordinateReferenceSystem(CRS))
    source = _source(layer)
    assert source.frame.crs.to_epsg() == 32640
    np.testing.assert_array_equal(_read_whole(source)[0], patchwork(20, 30))


def test_nodata_given_in_qgis_counts(tmp_path: Path) -> None:
    pixels = patchwork(20, 30)
    pixels[:, :5] = 7
    pixels[0, 10] = 7  # only one band: not nodata
    layer = add_raster(write_raster(tmp_path / "a.tif", pixels))
    for band in (1, 2, 3):
        layer.dataProvider().setUserNoDataValue(band, [QgsRasterRange(6.5, 7.5)])
    valid = _read_whole(_source(layer))[1]
    np.testing.assert_array_equal(valid, ~(pixels == 7).all(axis=0))


def test_coarser_pixels_are_means_of_the_valid_ones(tmp_path: Path) -> None:
    pixels = patchwork(80, 80)
    pixels[:, :, :20] = 7
    layer = add_raster(write_raster(tmp_path / "a.tif", pixels))
    for band in (1, 2, 3):
        layer.dataProvider().setUserNoDataValue(band, [QgsRasterRange(7, 7)])
    read, valid = _source(layer).read(Box(0, 0, 80, 80), height=20, width=20)
    mean = pixels.reshape(3, 20, 4, 20, 4).mean(axis=(2, 4))
    assert not valid[:, :5].any()
    assert valid[:, 5:].all()
    assert np.abs(read[:, :, 5:] - mean[:, :, 5:]).max() <= 1


@pytest.fixture
def tile_server(tmp_path: Path) -> QgsRasterLayer:
    """An XYZ layer over files: the same tile with a red, green and blue band at every place."""
    tile = np.zeros((256, 256, 4), np.uint8)
    tile[..., 3] = 255
    tile[:, :86, 2], tile[:, 86:171, 1], tile[:, 171:, 0] = 200, 150, 100  # cv2: BGRA
    tile[:64, :64, 3] = 0
    for zoom, columns, rows in ((17, range(3), range(3)),):
        for column in columns:
            for row in rows:
                folder = tmp_path / str(zoom) / str(65536 + column)
                folder.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / f"{65536 + row}.png"), tile)
    address = f"file://{tmp_path}/{{z}}/{{x}}/{{y}}.png"
    layer = QgsRasterLayer(f"type=xyz&url={address}&zmin=17&zmax=17", "tiles", "wms")
    assert layer.isValid()
    return layer


_TILE_M = 2 * np.pi * 6378137 / 2**17


def test_map_server_tiles_are_colours(tile_server: QgsRasterLayer) -> None:
    """One tile at the equator, where a metre of Web Mercator is (nearly) one on the ground."""
    extent = QgsRectangle(0, -_TILE_M, _TILE_M, 0)
    source = _source(tile_server, extent=extent, metres=_TILE_M / 256)
    assert source.frame.crs.to_epsg() == 3857
    assert source.dtype == np.uint8
    assert abs(source.frame.width - 256) <= 2
    pixels, valid = _read_whole(source)
    assert not valid[2:60, 2:60].any()
    assert valid[70:, :].all()
    for column, color in ((40, (200, 0, 0)), (128, (0, 150, 0)), (210, (0, 0, 100))):
        assert tuple(pixels[:, 200, column]) == color


def test_a_map_server_without_an_extent_is_refused(tile_server: QgsRasterLayer) -> None:
    with pytest.raises(InputError, match="give a smaller extent"):
        engine_source(tile_server, extent=None, metres=0.5)
    with pytest.raises(InputError, match="metres per pixel"):
        engine_source(tile_server, extent=None, metres=None)


def test_resolution_of_a_map_server_is_on_the_ground(tile_server: QgsRasterLayer) -> None:
    """At 60 degrees north a metre on the ground is two of Web Mercator."""
    y = 8399737.9
    grid = engine_source(tile_server, extent=QgsRectangle(0, y, 2000, y + 2000), metres=1.0)
    assert grid.width == pytest.approx(1000, rel=0.01)
    assert grid.height == pytest.approx(1000, rel=0.01)


def test_a_map_server_is_segmented_in_the_background(
    tile_server: QgsRasterLayer, provider: None, tmp_path: Path
) -> None:
    """Threads of the engine ask a provider that was cloned on the main thread."""
    QgsProject.instance().addMapLayer(tile_server)
    output, confidence = tmp_path / "classes.tif", tmp_path / "confidence.tif"
    parameters = {
        "INPUT": tile_server.id(),
        "EXTENT": f"0,{_TILE_M},-{_TILE_M},0 [EPSG:3857]",
        "OUTPUT": str(output),
        "CONFIDENCE": str(confidence),
    }
    run = Run("tiles", "geosift:segment", parameters)
    run.start()
    wait_until(lambda: run.is_over)
    assert run.state == DONE, run.error
    classes = read_pixels(output)
    size = round(_TILE_M / Catalog().find("landcover").resolution_m)
    assert classes.shape == pytest.approx((size, size), rel=0.01)  # of the ellipsoid
    assert (classes[: size // 4 - 2, : size // 4 - 2] == 255).all()
    assert (classes[size // 3 :, :] != 255).all()


@pytest.mark.parametrize("box, height, width", [
    (Box(0, 0, 60, 80), 100, 133),
    (Box(13.4, 7.25, 41.9, 60.0), 48, 88),
    (Box(10.5, 0, 40.5, 30), 30, 30),
])  # fmt: skip
def test_finer_pixels_are_those_a_file_would_give(
    box: Box, height: int, width: int, tmp_path: Path
) -> None:
    """Repeated pixels of a provider would look to a network like nothing it knows."""
    scene = write_raster(tmp_path / "scene.tif", patchwork(60, 80))
    layer = QgsRasterLayer(str(scene), "scene")
    source = ProviderSource(_grid_of(layer), bands=None, names=_RGB)
    pixels, valid = source.read(box, height=height, width=width)
    with FileSource(str(scene), bands=None, names=_RGB) as file:
        wanted = file.read(box, height=height, width=width)[0]
    np.testing.assert_array_equal(pixels, wanted)
    assert valid is None


def test_a_virtual_raster_is_read_through_its_provider(tmp_path: Path) -> None:
    pixels = patchwork(30, 40)
    base = add_raster(write_raster(tmp_path / "a.tif", pixels), "base")
    parameters = base.dataProvider().VirtualRasterParameters()
    parameters.crs, parameters.extent = base.crs(), base.extent()
    parameters.width, parameters.height = 40, 30
    parameters.formula = '"base@1" * 2'
    entry = base.dataProvider().VirtualRasterInputLayers()
    entry.name, entry.uri, entry.provider = "base", base.source(), "gdal"
    parameters.rInputLayers = [entry]
    uri = base.dataProvider().encodeVirtualRasterProviderUri(parameters)
    layer = QgsRasterLayer(uri, "doubled", "virtualraster")
    assert layer.isValid()
    grid = engine_source(layer, extent=None, metres=1.0)
    source = ProviderSource(grid, bands=(1, 1, 1), names=_RGB)
    read, valid = _read_whole(source)
    assert valid.all()
    np.testing.assert_allclose(read[0], pixels[0] * 2.0)


def test_given_bands_are_read_in_their_order(tmp_path: Path) -> None:
    pixels = patchwork(20, 30)
    layer = add_raster(write_raster(tmp_path / "a.tif", pixels))
    source = ProviderSource(_grid_of(layer), bands=(3, 1, 1), names=_RGB)
    np.testing.assert_array_equal(_read_whole(source)[0], pixels[[2, 0, 0]])


def test_a_window_is_where_it_says(tmp_path: Path) -> None:
    pixels = patchwork(100, 120)
    layer = add_raster(write_raster(tmp_path / "a.tif", pixels))
    source = ProviderSource(_grid_of(layer), bands=None, names=_RGB)
    read, _valid = source.read(Box(13, 40, 63, 110), height=50, width=70)
    np.testing.assert_array_equal(read, pixels[:, 13:63, 40:110])
    assert source.frame.transform * (0, 0) == (WEST, NORTH)
    assert layer.extent().contains(QgsPointXY(WEST + 1, NORTH - 1))
    QgsProject.instance().clear()
