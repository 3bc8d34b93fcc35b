# SPDX-License-Identifier: GPL-2.0-or-later
"""Models that can be fetched: the list of them, and downloads that are verified."""
