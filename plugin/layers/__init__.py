# SPDX-License-Identifier: GPL-2.0-or-later
"""QGIS layers as what the engine reads: pixels, features, attributes, masks."""
