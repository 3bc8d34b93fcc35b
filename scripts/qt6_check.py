# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the plugin's use of Qt holds under Qt 6, by the real PyQt6, without a QGIS.

scripts/qt6_check.py [FOLDER]   (a Python with PyQt6; `geosift` on its path)
Two looks: every name of Qt that any module of the plugin uses (`Qt.AlignmentFlag.AlignTop`) is
looked up in PyQt6; and every module that needs nothing of QGIS but Qt is imported with PyQt6 in the
place of qgis.PyQt. Prints a line for each finding, and ends with 1 if there is any.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

SHIM = "qgis.PyQt."
MOVED = ("QAction", "QActionGroup", "QShortcut")
"""Classes Qt 6 has in QtGui, and QGIS's qgis.PyQt still in QtWidgets, too."""
GUARDED = {("field_types.py", "QVariant.Type")}
"""What only an older QGIS uses, behind a look at its version: file and name."""
FOREIGN = ("qgis", "processing", "osgeo", "numpy", "rasterio", "affine", "cv2", "onnxruntime")


def unknown_names(source: str, module: Callable[[str], Any]) -> Iterator[tuple[int, str]]:
    """Line and name of each use of Qt in `source` that `module(name)`, such as QtCore, lacks."""
    tree = ast.parse(source)
    known: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SHIM):
            place = module(node.module[len(SHIM) :])
            for alias in node.names:
                if hasattr(place, alias.name):
                    known[alias.asname or alias.name] = getattr(place, alias.name)
                else:
                    yield node.lineno, f"{node.module}.{alias.name}"
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            lacking = _lacking(_dotted(node), known)
            if lacking:
                yield node.lineno, lacking


def _dotted(node: ast.expr) -> list[str]:
    """`a.b.c` as its parts; [] where it begins with something else than a name."""
    if isinstance(node, ast.Name):
        return [node.id]
    before = _dotted(node.value) if isinstance(node, ast.Attribute) else []
    return [*before, node.attr] if before else []


def _lacking(parts: list[str], known: dict[str, Any]) -> str:
    """The part of a dotted name up to what is not there, '' where all is, or it is not Qt's."""
    if not parts or parts[0] not in known:
        return ""
    found = known[parts[0]]
    for count, part in enumerate(parts[1:], start=2):
        if not hasattr(found, part):
            return ".".join(parts[:count])
        found = getattr(found, part)
    return ""


def imports_at_load(source: str, package: str) -> Iterator[str]:
    """Full names of what a module of `package` imports when it is loaded."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def pure_modules(sources: dict[str, tuple[str, str]]) -> list[str]:
    """Modules that need nothing but Qt and each other; `sources`: name -> (package, source)."""
    needs = {
        name: set(imports_at_load(source, package)) for name, (package, source) in sources.items()
    }
    for name in sources:
        parts = name.split(".")
        needs[name] |= {".".join(parts[:count]) for count in range(1, len(parts))}
    foreign = {name for name in sources if any(map(_is_foreign, needs[name]))}
    while True:
        more = {name for name in sources if name not in foreign and needs[name] & foreign}
        if not more:
            return sorted(set(sources) - foreign)
        foreign |= more


def _is_foreign(name: str) -> bool:
    if f"{name}.".startswith(SHIM):
        return False
    return name.split(".")[0] in FOREIGN


def read_package(folder: Path) -> dict[str, tuple[str, str]]:
    """Every module of the package in `folder`: full name -> (its package, its source)."""
    found = {}
    for path in [
        folder / "__init__.py",
        *(folder / "plugin").rglob("*.py"),
        *(folder / "inference").rglob("*.py"),
    ]:
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        package = parts[:-1]
        name = package if parts[-1] == "__init__" else parts
        found[".".join(name)] = (".".join(package), path.read_text(encoding="utf-8"))
    return found


def stand_in() -> None:
    """Put PyQt6 in the place of qgis.PyQt, as QGIS 4 does."""
    for name in ("qgis", "qgis.PyQt"):
        sys.modules[name] = ModuleType(name)
    for name in ("QtCore", "QtGui", "QtNetwork", "QtWidgets"):
        sys.modules[SHIM + name] = importlib.import_module(f"PyQt6.{name}")
    for name in MOVED:
        setattr(sys.modules[f"{SHIM}QtWidgets"], name, getattr(sys.modules[f"{SHIM}QtGui"], name))


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0] if arguments else "build/plugins/geosift")
    stand_in()
    sources = read_package(folder)
    findings = []
    for path in sorted((folder / "plugin").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        for line, name in unknown_names(source, lambda part: sys.modules[SHIM + part]):
            if (path.name, name) not in GUARDED:
                findings.append(f"{path.relative_to(folder)}:{line}: Qt 6 has no {name}")
    pure = pure_modules(sources)
    for name in pure:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
            findings.append(f"{name} cannot be imported under PyQt6: {error!r}")
    print("\n".join(findings) or f"qt6: {len(pure)} modules imported, every name of Qt is there")
    return 1 if findings or not pure else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
