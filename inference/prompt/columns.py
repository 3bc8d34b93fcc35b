# SPDX-License-Identifier: GPL-2.0-or-later
"""What a layer of outlines says of each, in the order of its columns."""

from __future__ import annotations

COLUMNS = {
    "id": "INTEGER",
    "label": "TEXT",
    "predicted_iou": "REAL",
    "area_m2": "REAL",
    "area_px": "REAL",
    "kind": "TEXT",
    "source": "TEXT",
    "date": "DATETIME",
}
"""Names and GeoPackage types: `predicted_iou` in percent, `area_m2` NULL where the raster does not
say where it lies, `kind` is how the object was pointed at, `source` is the raster, `date` when.
"""
