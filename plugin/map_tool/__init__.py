# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tools of the map share: where one points, with which keys, what is drawn, its page."""
