# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run leaves in the project: layers, tables, their look and their place."""
