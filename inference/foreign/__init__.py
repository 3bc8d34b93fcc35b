# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks that others made: what their files say, whether they may be run, and cards for them."""
