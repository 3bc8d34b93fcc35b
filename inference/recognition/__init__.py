# SPDX-License-Identifier: GPL-2.0-or-later
"""How much each place of a raster is like an example."""
