# SPDX-License-Identifier: GPL-2.0-or-later
"""Teaching a network classes of one's own by drawing them on the map."""
