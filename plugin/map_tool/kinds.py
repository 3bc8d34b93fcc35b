# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of shapes that one draws on the map, named as in GeoJSON."""

from __future__ import annotations

POINT, LINE, POLYGON = "Point", "LineString", "Polygon"
KINDS = (POINT, LINE, POLYGON)
"""From the simplest on."""
