# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift's Processing algorithms, one a file."""
