# SPDX-License-Identifier: GPL-2.0-or-later
"""The feature network: vectors of patches and of cells, in which what looks alike lies together."""
