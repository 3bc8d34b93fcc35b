# SPDX-License-Identifier: GPL-2.0-or-later
"""Cutting out what the user points at: one encoding of a place, then an answer for each prompt."""
