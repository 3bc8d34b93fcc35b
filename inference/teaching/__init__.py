# SPDX-License-Identifier: GPL-2.0-or-later
"""A network from a few labels: a linear head on dense features."""
