# SPDX-License-Identifier: GPL-2.0-or-later
"""Work in the background: runs of algorithms and single answers."""
