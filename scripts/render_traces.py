# SPDX-License-Identifier: GPL-2.0-or-later
"""Draw a map sheet of an image of rock and its traces with QGIS, as a PNG.

scripts/pyqgis.sh scripts/render_traces.py IMAGE TRACES PNG [--note N]
                                           [--grid TIF --blocks GPKG --numbers PNG]
TRACES is a GeoPackage of geosift:traces, with the tables traces and nodes; colours, signs and rose
are those of the plugin. With grid and blocks of geosift:fracturenumbers a second sheet is drawn.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from map_sheet import CAPTION_HEIGHT, GAP, MARGIN, Sheet, arrange
from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLegend,
    QgsLayoutItemPicture,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsMapLayer,
    QgsMapLayerLegendUtils,
    QgsPrintLayout,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QColor, QPalette
from render_map import (
    DPI,
    INK,
    PALE,
    add_label,
    add_map,
    add_scale_bar,
    open_raster,
    place,
    set_legend_font,
    text_format,
)

from geosift.plugin.results.fracture_style import style_blocks, style_nodes, style_traces
from geosift.plugin.results.style import style_numbers
from geosift.plugin.widgets.rose_chart import RoseChart

BINS, ROSE = 18, 44.0
"""Petals of half the rose; millimetres."""
_ROSE_PIXELS = 480


def open_layer(path: Path, title: str, table: str = "") -> QgsVectorLayer:
    """The table of a GeoPackage, its first one unless said otherwise."""
    layer = QgsVectorLayer(f"{path}|layername={table}" if table else str(path), title, "ogr")
    if not layer.isValid():
        raise SystemExit(f"render_traces: QGIS cannot open {title.lower()} of {path}")
    return layer


def lengths_by_azimuth(traces: QgsVectorLayer) -> list[float]:
    """Length in each of BINS bins of azimuths, from north on."""
    (field,) = [name for name in traces.fields().names() if name.startswith("length_")]
    lengths = [0.0] * BINS
    for feature in traces.getFeatures():
        lengths[int(feature["azimuth"] / 180.0 * BINS) % BINS] += feature[field]
    return lengths


def draw_rose(lengths: list[float], png: Path) -> None:
    """The panel's rose, on white."""
    rose = RoseChart()
    colors = QPalette(QColor("#FFFFFF"))
    colors.setColor(QPalette.ColorRole.WindowText, INK)
    colors.setColor(QPalette.ColorRole.Highlight, QColor("#0072B2"))
    rose.setPalette(colors)
    font = rose.font()
    font.setPixelSize(_ROSE_PIXELS // 14)
    rose.setFont(font)
    rose.resize(_ROSE_PIXELS, _ROSE_PIXELS)
    rose.set_lengths(lengths)
    rose.grab().save(str(png))


def add_legend(layout: QgsPrintLayout, layers: list[QgsMapLayer], sheet: Sheet) -> None:
    """A column for each layer."""
    legend = QgsLayoutItemLegend(layout)
    legend.setAutoUpdateModel(False)
    tree = legend.model().rootGroup()
    tree.clear()
    for layer in layers:
        node = tree.addLayer(layer)
        if isinstance(layer, QgsRasterLayer):  # its first entry is the name of the band
            QgsMapLayerLegendUtils.setLegendNodeOrder(node, [1])
            legend.model().refreshLayerLegend(node)
    legend.setColumnCount(len(layers))
    legend.setColumnSpace(12)
    legend.setBoxSpace(0)
    set_legend_font(legend)
    layout.addLayoutItem(legend)
    legend.attemptMove(QgsLayoutPoint(sheet.legend_left, sheet.legend_top + 2))


def add_rose(layout: QgsPrintLayout, png: Path, sheet: Sheet) -> None:
    picture = QgsLayoutItemPicture(layout)
    picture.setPicturePath(str(png))
    layout.addLayoutItem(picture)
    place(picture, QRectF(sheet.frames[1].right() - ROSE, sheet.legend_top, ROSE, ROSE))


@dataclass(frozen=True)
class Subject:
    """What one of the two maps shows: its caption, and layers, topmost first."""

    caption: str
    layers: list[QgsMapLayer]


def compose(
    project: QgsProject,
    subjects: tuple[Subject, Subject],
    *,
    words: tuple[str, str],
    legend: list[QgsMapLayer],
    rose: Path | None = None,
) -> QgsPrintLayout:
    """A whole sheet: title and note, two maps, legend, rose and scale bar."""
    extent = subjects[0].layers[-1].extent()
    sheet = arrange(extent.width() / extent.height(), entries=1)
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    page = QgsLayoutSize(sheet.width, sheet.legend_top + ROSE + GAP)
    layout.pageCollection().page(0).setPageSize(page)
    left = sheet.frames[0].x()
    titles = ((-2, 10, text_format(17, bold=True)), (8, 6, text_format(8.5, color=PALE)))
    for text, (down, height, style) in zip(words, titles):
        rect = QRectF(left, MARGIN + down, sheet.width - 2 * left, height)
        add_label(layout, text, rect, style)
    for frame, subject in zip(sheet.frames, subjects):
        rect = QRectF(frame.x(), frame.y() - CAPTION_HEIGHT, frame.width(), CAPTION_HEIGHT)
        add_label(layout, subject.caption, rect, text_format(9.5, bold=True))
        shown = add_map(layout, frame, subject.layers, extent)
    add_legend(layout, legend, sheet)
    if rose is not None:
        add_rose(layout, rose, sheet)
    add_scale_bar(layout, shown, sheet)
    return layout


def save(layout: QgsPrintLayout, png: Path) -> None:
    """As a picture; not by exportToImage, which asks GDAL to georeference a PNG."""
    if not QgsLayoutExporter(layout).renderPageToImage(0, dpi=DPI).save(str(png)):
        raise SystemExit(f"render_traces: cannot write {png}: is its folder writable?")


def draw(options: argparse.Namespace, project: QgsProject) -> None:
    """The sheet of the traces, and that of the numbers where there are such."""
    image = open_raster(options.image, "Image")
    traces = open_layer(options.traces, "Traces", "traces")
    nodes = open_layer(options.traces, "Nodes", "nodes")
    style_traces(traces)
    style_nodes(nodes)
    layers = [image, traces, nodes]
    if options.grid:
        grid, blocks = open_raster(options.grid, "P21"), open_layer(options.blocks, "Blocks")
        style_numbers(grid)
        grid.setOpacity(0.75)
        style_blocks(blocks)
        layers += [grid, blocks]
    for layer in layers:  # what has no place gets a made-up one in a GeoPackage
        layer.setCrs(image.crs())
    project.addMapLayers(layers, False)
    with tempfile.TemporaryDirectory() as folder:
        rose = Path(folder) / "rose.png"
        draw_rose(lengths_by_azimuth(traces), rose)
        found = Subject("What GeoSift traces", [nodes, traces, image])
        words = (f"Fractures of {options.image.name}", options.note)
        sheet = compose(
            project, (Subject("Image", [image]), found), words=words, legend=[traces, nodes],
            rose=rose,
        )  # fmt: skip
        save(sheet, options.png)
    if options.grid:
        dense = Subject("Intensity P21", [grid, image])
        apart = Subject("Blocks", [blocks, traces, image])
        words = (f"Numbers of the fractures of {options.image.name}", options.note)
        sheet = compose(project, (dense, apart), words=words, legend=[grid, blocks, traces])
        save(sheet, options.numbers)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path, help="the raster that was traced")
    parser.add_argument("traces", type=Path, help="the GeoPackage of its traces and nodes")
    parser.add_argument("png", type=Path, help="the picture to write")
    parser.add_argument("--grid", type=Path, help="the intensity grid")
    parser.add_argument("--blocks", type=Path, help="the blocks")
    parser.add_argument("--numbers", type=Path, help="the picture of grid and blocks to write")
    parser.add_argument("--note", default="")
    options = parser.parse_args(arguments)
    application = QgsApplication([], True)
    application.initQgis()
    project = QgsProject.instance()
    draw(options, project)
    project.clear()
    application.exitQgis()


if __name__ == "__main__":
    main(sys.argv[1:])
