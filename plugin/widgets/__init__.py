# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts the dock is made of, one a file."""
