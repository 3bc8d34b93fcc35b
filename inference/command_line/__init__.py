# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands of `python -m geosift.inference` have in common, and which there are.

Each is told in the `command.py` of its verb: what it may be asked, and what it prints.
"""
