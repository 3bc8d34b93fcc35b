# SPDX-License-Identifier: GPL-2.0-or-later
"""What users set once for all runs, kept under GeoSift's own node of the QGIS settings."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

NODE = "plugins/geosift"
_THREADS, _MODELS = f"{NODE}/threads", f"{NODE}/model_folder"


def profile_folder() -> Path:
    """GeoSift's own folder in the user's profile: models and packages, kept at upgrades."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "geosift"


def default_model_folder() -> Path:
    """Where the user's models are looked for unless another folder is set."""
    return profile_folder() / "models"


def model_folder() -> Path:
    """Where the user's models are looked for."""
    text = str(QgsSettings().value(_MODELS, "") or "").strip()
    return Path(text) if text else default_model_folder()


def set_model_folder(text: str) -> None:
    """Look for models in another folder; '' or the default's path is the default again."""
    chosen = text.strip()
    _store(_MODELS, "" if chosen == str(default_model_folder()) else chosen)


def threads() -> int | None:
    """How many tiles a run computes side by side unless told; None: one for each core."""
    text = str(QgsSettings().value(_THREADS, "") or "")
    return int(text) if text.isdecimal() and int(text) > 0 else None


def set_threads(count: int | None) -> None:
    """Let runs compute so many tiles side by side; None: one for each core."""
    _store(_THREADS, count or "")


def _store(key: str, value: object) -> None:
    """What is as it comes leaves no trace in the settings."""
    settings = QgsSettings()
    if value == "":
        settings.remove(key)
    else:
        settings.setValue(key, value)
