# SPDX-License-Identifier: GPL-2.0-or-later
"""What networks need and mean: model cards, where they are found, kept and fetched."""
