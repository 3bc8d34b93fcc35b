# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts of make as modules, so that tests can call their functions."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from real_data import REPOSITORY


def script(name: str) -> ModuleType:
    """The module in scripts/NAME.py."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
