# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift in QGIS: thin adapters from QGIS objects to the engine in `inference` and back."""
