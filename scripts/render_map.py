# SPDX-License-Identifier: GPL-2.0-or-later
"""Draw a map sheet of an image and its class raster with QGIS, as a PNG.

scripts/pyqgis.sh scripts/render_map.py IMAGE CLASSES REPORT PNG [--title T] [--note N]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from map_sheet import CAPTION_HEIGHT, MARGIN, Sheet, arrange
from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutMeasurement,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsMapLayerLegendUtils,
    QgsPalettedRasterRenderer,
    QgsPrintLayout,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsTextFormat,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFont

DPI = 150
INK = QColor("#20303A")
PALE = QColor("#5F6E78")


def text_format(size: float, *, bold: bool = False, color: QColor = INK) -> QgsTextFormat:
    """The sheet's typeface in `size` points."""
    font = QFont("DejaVu Sans")
    font.setBold(bold)
    style = QgsTextFormat()
    style.setFont(font)
    style.setSize(size)
    style.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    style.setColor(color)
    return style


def add_label(layout: QgsPrintLayout, text: str, rect: QRectF, style: QgsTextFormat) -> None:
    """Write `text` into `rect`, vertically centred."""
    label = QgsLayoutItemLabel(layout)
    label.setText(text)
    if hasattr(label, "setTextFormat"):  # QGIS 3.24
        label.setTextFormat(style)
    else:
        font = style.font()
        font.setPointSizeF(style.size())
        label.setFont(font)
        label.setFontColor(style.color())
    label.setVAlign(Qt.AlignmentFlag.AlignVCenter)
    label.setMarginX(0)
    place(label, rect)
    layout.addLayoutItem(label)


def place(item: object, rect: QRectF) -> None:
    item.attemptMove(QgsLayoutPoint(rect.x(), rect.y()))
    item.attemptResize(QgsLayoutSize(rect.width(), rect.height()))


def add_map(
    layout: QgsPrintLayout, rect: QRectF, layers: list[QgsRasterLayer], extent: QgsRectangle
) -> QgsLayoutItemMap:
    """Show `layers`, topmost first, in a framed map."""
    item = QgsLayoutItemMap(layout)
    layout.addLayoutItem(item)
    place(item, rect)
    if layers[-1].crs().isValid():
        item.setCrs(layers[-1].crs())
    item.setLayers(layers)
    item.setExtent(extent)
    place(item, rect)
    item.setFrameEnabled(True)
    item.setFrameStrokeColor(INK)
    item.setFrameStrokeWidth(QgsLayoutMeasurement(0.3))
    return item


def add_legend(layout: QgsPrintLayout, classes: QgsRasterLayer, sheet: Sheet) -> None:
    """Swatches with class names and shares, in rows under the maps."""
    legend = QgsLayoutItemLegend(layout)
    legend.setAutoUpdateModel(False)
    tree = legend.model().rootGroup()
    tree.clear()
    node = tree.addLayer(classes)
    node.setCustomProperty("legend/title-style", "hidden")
    entries = len(classes.renderer().classes())
    # The first entry is the name of the band: nothing a reader wants to know.
    QgsMapLayerLegendUtils.setLegendNodeOrder(node, list(range(1, entries + 1)))
    legend.model().refreshLayerLegend(node)
    legend.setColumnCount(sheet.legend_columns)
    legend.setSplitLayer(True)
    legend.setEqualColumnWidth(True)
    legend.setColumnSpace(7)
    legend.setBoxSpace(0)
    legend.setSymbolWidth(8)
    legend.setSymbolHeight(4.5)
    legend.setRasterStrokeColor(INK)
    legend.setRasterStrokeWidth(0.15)
    set_legend_font(legend)
    layout.addLayoutItem(legend)
    legend.attemptMove(QgsLayoutPoint(sheet.legend_left, sheet.legend_top))


def set_legend_font(legend: QgsLayoutItemLegend) -> None:
    style = legend.style(QgsLegendStyle.Style.SymbolLabel)
    text = text_format(10)
    if hasattr(style, "setTextFormat"):  # QGIS 3.30
        style.setTextFormat(text)
    else:
        font = text.font()
        font.setPointSizeF(text.size())
        style.setFont(font)
    legend.setStyle(QgsLegendStyle.Style.SymbolLabel, style)


def add_scale_bar(layout: QgsPrintLayout, shown: QgsLayoutItemMap, sheet: Sheet) -> None:
    """A bar in metres or kilometres, or in pixels where the raster has no place on Earth."""
    bar = QgsLayoutItemScaleBar(layout)
    layout.addLayoutItem(bar)
    bar.setStyle("Single Box")
    bar.setLinkedMap(shown)
    placed = shown.crs().isValid()
    units = QgsUnitTypes.DistanceUnit
    bar.applyDefaultSize(units.DistanceMeters if placed else units.DistanceUnknownUnit)
    if not placed:
        bar.setUnitLabel("pixels")
    bar.setNumberOfSegmentsLeft(0)
    bar.setHeight(2)
    bar.fillSymbol().setColor(INK)
    bar.setTextFormat(text_format(8))
    bar.update()
    bar.refresh()
    frame = sheet.frames[1]
    wide = bar.rect().width()
    bar.attemptMove(QgsLayoutPoint(frame.right() - wide, MARGIN + 3))


def style_classes(layer: QgsRasterLayer, areas: list[dict]) -> None:
    """Give every class its colour and a label with its share of the scene."""
    shown = [
        QgsPalettedRasterRenderer.Class(
            int(area["id"]), QColor(area["color"]), f"{area['name']}  {100 * area['share']:.1f} %"
        )
        for area in areas
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, shown))


def open_raster(path: Path, name: str) -> QgsRasterLayer:
    layer = QgsRasterLayer(str(path), name)
    if not layer.isValid():
        raise SystemExit(f"render_map: QGIS cannot open {path}: {layer.error().summary()}")
    return layer


def compose(options: argparse.Namespace, project: QgsProject) -> QgsPrintLayout:
    """The whole sheet: title, the image, the image under its classes, legend and scale bar."""
    areas = json.loads(options.report.read_text(encoding="utf-8"))["areas"]
    image, classes = open_raster(options.image, "Image"), open_raster(options.classes, "Classes")
    veil = open_raster(options.classes, "Classes over the image")
    style_classes(classes, areas)
    style_classes(veil, areas)
    veil.setOpacity(options.opacity)
    if image.crs().isValid():
        project.setCrs(image.crs(), adjustEllipsoid=True)
    project.addMapLayers([image, classes, veil], False)

    extent = classes.extent()
    sheet = arrange(extent.width() / extent.height(), entries=len(areas))
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.pageCollection().page(0).setPageSize(QgsLayoutSize(sheet.width, sheet.height))
    first, second = sheet.frames
    add_label(
        layout,
        options.title,
        QRectF(first.x(), MARGIN - 2, sheet.width - 75, 10),
        text_format(17, bold=True),
    )
    add_label(
        layout,
        options.note,
        QRectF(first.x(), MARGIN + 8, sheet.width - 2 * first.x(), 6),
        text_format(8.5, color=PALE),
    )
    for frame, words in ((first, "Image"), (second, "What GeoSift sees")):
        rect = QRectF(frame.x(), frame.y() - CAPTION_HEIGHT, frame.width(), CAPTION_HEIGHT)
        add_label(layout, words, rect, text_format(9.5, bold=True))
    add_map(layout, first, [image], extent)
    shown = add_map(layout, second, [veil, image], extent)
    add_legend(layout, classes, sheet)
    add_scale_bar(layout, shown, sheet)
    return layout


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path, help="the raster that was segmented")
    parser.add_argument("classes", type=Path, help="its class raster")
    parser.add_argument("report", type=Path, help="the run's report: classes, colours, shares")
    parser.add_argument("png", type=Path, help="the picture to write")
    parser.add_argument("--title", default="Land cover")
    parser.add_argument("--note", default="")
    parser.add_argument("--opacity", type=float, default=0.75, help="of the classes, 0 to 1")
    options = parser.parse_args(arguments)
    application = QgsApplication([], True)
    application.initQgis()
    project = QgsProject.instance()
    layout = compose(options, project)
    # Not exportToImage: that asks GDAL to georeference the PNG, which it cannot, and says so.
    picture = QgsLayoutExporter(layout).renderPageToImage(0, dpi=DPI)
    done = picture.save(str(options.png))
    project.clear()
    application.exitQgis()
    if not done:
        raise SystemExit(
            f"render_map: cannot write {options.png}: is its folder there and writable?"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
