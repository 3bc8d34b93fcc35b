# SPDX-License-Identifier: GPL-2.0-or-later
"""Where else does it look like this? The dock's page "Find", and its map tool."""
