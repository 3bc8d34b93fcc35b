# SPDX-License-Identifier: GPL-2.0-or-later
"""The network that cuts out what the user points at: its data, training and export."""
