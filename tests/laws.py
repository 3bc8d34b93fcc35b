# SPDX-License-Identifier: GPL-2.0-or-later
"""How many made-up cases a law is tried on; conftest.py says which ones."""

from __future__ import annotations

from hypothesis import settings

quick = settings(max_examples=150)
"""For laws of pure functions."""

thorough = settings(max_examples=25)
"""For laws that run a network or write a file."""
