# SPDX-License-Identifier: GPL-2.0-or-later
"""The dialog in which models are seen, tried out, imported, fetched and removed."""
