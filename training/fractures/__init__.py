# SPDX-License-Identifier: GPL-2.0-or-later
"""The network that finds fractures, veins and lineaments: thin lines on rock, pixel by pixel."""
