# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters in and out: where pixels lie, how they are read at any resolution and written."""
