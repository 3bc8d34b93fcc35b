# SPDX-License-Identifier: GPL-2.0-or-later
"""A class for every tile: cells of a finer map, or zones."""
