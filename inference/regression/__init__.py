# SPDX-License-Identifier: GPL-2.0-or-later
"""A number for every pixel: height, biomass, cover, whatever a network was trained to tell."""
