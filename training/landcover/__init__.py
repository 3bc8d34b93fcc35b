# SPDX-License-Identifier: GPL-2.0-or-later
"""The network that tells five kinds of ground cover apart, pixel by pixel."""
