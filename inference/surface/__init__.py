# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers for every pixel: what regression, super-resolution and recognition have in common."""
