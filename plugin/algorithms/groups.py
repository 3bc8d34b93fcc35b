# SPDX-License-Identifier: GPL-2.0-or-later
"""The groups of algorithms, as the toolbox shows them."""

from __future__ import annotations

from ..i18n import tr


def group_name(group: str) -> str:
    """What the group with that id is called."""
    return {
        "segmentation": tr("Segmentation"),
        "classification": tr("Classification"),
        "detection": tr("Detection"),
        "regression": tr("Regression"),
        "superresolution": tr("Super-resolution"),
        "recognition": tr("Recognition"),
        "geology": tr("Geology"),
        "search": tr("Search"),
        "training": tr("Training data"),
        "models": tr("Models"),
    }[group]
