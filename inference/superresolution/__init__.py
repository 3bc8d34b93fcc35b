# SPDX-License-Identifier: GPL-2.0-or-later
"""A picture with more pixels than the raster has, drawn by a network."""
