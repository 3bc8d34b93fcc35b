# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that cuts out what the user points at, and the layer its outlines go to."""
