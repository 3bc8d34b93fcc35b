# SPDX-License-Identifier: GPL-2.0-or-later
"""What users set once for all runs, kept under GeoSift's own node of the QGIS settings."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from ..inference.network.machine import PROCESSOR, Machine

NODE = "plugins/geosift"
_THREADS, _MODELS = f"{NODE}/threads", f"{NODE}/model_folder"
_REGISTRY = f"{NODE}/registry"
_MEMORY, _ENGINE = f"{NODE}/memory_mb", f"{NODE}/engine"
_PROMPT_CACHE, _PROMPT_KEYS = f"{NODE}/prompt_cache_mb", f"{NODE}/prompt_keys"
_FIND_INDEX = f"{NODE}/find_index"
DEFAULT_PROMPT_CACHE_MB = 256
"""Some fifty views of a large map window."""


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


def registry_place() -> str:
    """The address, or path, of the list of models that can be fetched; '' for the bundled one."""
    return str(QgsSettings().value(_REGISTRY, "") or "").strip()


def set_registry_place(text: str) -> None:
    """Look for models to fetch in another list; '' is the bundled one again."""
    _store(_REGISTRY, text.strip())


def threads() -> int | None:
    """How many tiles a run computes side by side unless told; None: one for each core."""
    text = str(QgsSettings().value(_THREADS, "") or "")
    return int(text) if text.isdecimal() and int(text) > 0 else None


def set_threads(count: int | None) -> None:
    """Let runs compute so many tiles side by side; None: one for each core."""
    _store(_THREADS, count or "")


def memory_mb() -> int | None:
    """Megabytes that a run may take; None: as many as it likes."""
    text = str(QgsSettings().value(_MEMORY, "") or "")
    return int(text) if text.isdecimal() and int(text) > 0 else None


def set_memory_mb(megabytes: int | None) -> None:
    """Bound what runs take; None: no bound."""
    _store(_MEMORY, megabytes or "")


def engine() -> str:
    """What computes, by onnxruntime's name; the processor unless another was chosen."""
    return str(QgsSettings().value(_ENGINE, "") or "") or PROCESSOR


def set_engine(name: str) -> None:
    """Have another engine of onnxruntime compute."""
    _store(_ENGINE, "" if name == PROCESSOR else name)


def machine() -> Machine:
    """What runs may use of this computer."""
    return Machine(memory_mb=memory_mb(), engine=engine())


def find_index() -> str:
    """The folder of the index that was searched last, '' where none was."""
    return str(QgsSettings().value(_FIND_INDEX, "") or "")


def set_find_index(folder: str) -> None:
    """Search in this index the next time."""
    _store(_FIND_INDEX, folder)


def prompt_cache_mb() -> int:
    """Megabytes in which the tool that cuts out objects remembers what it has looked at."""
    text = str(QgsSettings().value(_PROMPT_CACHE, "") or "")
    return int(text) if text.isdecimal() and int(text) > 0 else DEFAULT_PROMPT_CACHE_MB


def set_prompt_cache_mb(megabytes: int) -> None:
    """Remember so much; the default leaves no trace in the settings."""
    _store(_PROMPT_CACHE, "" if megabytes == DEFAULT_PROMPT_CACHE_MB else megabytes)


def prompt_key(command: str) -> str:
    """The key the user chose for a command of that tool, '' where the usual one serves."""
    return str(QgsSettings().value(f"{_PROMPT_KEYS}/{command}", "") or "")


def set_prompt_key(command: str, key: str) -> None:
    """Have another key do that; '' is the usual one again."""
    _store(f"{_PROMPT_KEYS}/{command}", key)


def _store(key: str, value: object) -> None:
    """What is as it comes leaves no trace in the settings."""
    settings = QgsSettings()
    if value == "":
        settings.remove(key)
    else:
        settings.setValue(key, value)
