# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters as patches with a vector each: an index on disk, and what in it is like an example."""
