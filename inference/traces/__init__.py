# SPDX-License-Identifier: GPL-2.0-or-later
"""From the probability of thin lines to traces as a geologist draws them."""
