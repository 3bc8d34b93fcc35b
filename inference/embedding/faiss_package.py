# SPDX-License-Identifier: GPL-2.0-or-later
"""faiss, where it is installed."""

from __future__ import annotations

from types import ModuleType


def faiss() -> ModuleType | None:
    """The package, None where it is not there; without it every search is exact."""
    try:
        import faiss  # only here: nothing else needs it
    except ImportError:
        return None
    return faiss
