# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks that name the land use of a Sentinel-2 tile (EuroSAT, Helber et al. 2019)."""
