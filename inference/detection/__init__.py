# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding objects: boxes, oriented boxes or instance masks, each once however tiles cut them."""
