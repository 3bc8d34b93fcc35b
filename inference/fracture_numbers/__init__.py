# SPDX-License-Identifier: GPL-2.0-or-later
"""From fracture lines to the numbers structural geologists use, a table, a raster and a page.

Lines of any origin: traces of `inference/traces`, or what a geologist drew. No network is needed.
"""
