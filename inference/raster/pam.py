# SPDX-License-Identifier: GPL-2.0-or-later
"""Class names beside a raster, in the .aux.xml file GDAL and QGIS read: category names and a table.

GeoTIFF has no place for either inside; this sidecar (GDAL's Persistent Auxiliary Metadata) is where
GDAL itself would put them, and rasterio has no call to write it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # nosec B405
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_INTEGER, _REAL, _STRING = "0", "1", "2"
_GENERIC, _PIXEL_COUNT, _NAME, _MIN_MAX = "0", "1", "2", "5"
_RED, _GREEN, _BLUE = "6", "7", "8"


def write_pam(
    path: Path,
    names: dict[int, str],
    colors: dict[int, tuple[int, int, int]],
    histogram: NDArray[np.int64],
) -> None:
    """Write category names and a raster attribute table (value, count, class, colour) to `path`."""
    root = ET.Element("PAMDataset")
    band = ET.SubElement(root, "PAMRasterBand", band="1")
    categories = ET.SubElement(band, "CategoryNames")
    for value in range(max(names) + 1):
        ET.SubElement(categories, "Category").text = names.get(value, "")
    table = ET.SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    columns = (
        ("Value", _INTEGER, _MIN_MAX),
        ("Count", _REAL, _PIXEL_COUNT),
        ("Class", _STRING, _NAME),
        ("Red", _INTEGER, _RED),
        ("Green", _INTEGER, _GREEN),
        ("Blue", _INTEGER, _BLUE),
    )
    for index, (name, kind, usage) in enumerate(columns):
        field = ET.SubElement(table, "FieldDefn", index=str(index))
        ET.SubElement(field, "Name").text = name
        ET.SubElement(field, "Type").text = kind
        ET.SubElement(field, "Usage").text = usage
    for index, (value, name) in enumerate(sorted(names.items())):
        row = ET.SubElement(table, "Row", index=str(index))
        cells = (value, int(histogram[value]), name, *colors.get(value, (0, 0, 0)))
        for cell in cells:
            ET.SubElement(row, "F").text = str(cell)
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8")
