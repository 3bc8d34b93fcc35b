# SPDX-License-Identifier: GPL-2.0-or-later
"""Outlines of regions, traced strip by strip, and the GeoPackage they are written to."""
