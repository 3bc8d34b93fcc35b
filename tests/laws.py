# SPDX-License-Identifier: GPL-2.0-or-later
"""How laws are tried out: many made-up cases, the same ones on every computer.

`pytest --hypothesis-seed=random` tries others.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

quick = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=_slow)
"""For laws of pure functions."""

thorough = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=_slow)
"""For laws that run a network or write a file."""
