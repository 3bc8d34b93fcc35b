# SPDX-License-Identifier: GPL-2.0-or-later
"""Loaded networks: what they are asked, by which provider, by how many threads at a time."""
