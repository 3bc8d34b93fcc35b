# SPDX-License-Identifier: GPL-2.0-or-later
"""From a raster to overlapping tiles and from their answers to seamless rows."""
