# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong in a training: each message says what was expected and how to mend it."""

from __future__ import annotations


class ConfigError(ValueError):
    """A recipe that cannot be followed; the message says which value and what it may be."""


class DataError(ValueError):
    """Training data that are not there or not as expected."""


class GateError(ValueError):
    """A network that may not ship; the message gives the figures."""
