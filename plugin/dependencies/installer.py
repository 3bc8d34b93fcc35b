# SPDX-License-Identifier: GPL-2.0-or-later
"""Installs packages with pip into GeoSift's folder of the profile, tried out before they count.

pip first finds out what is lacking beside what QGIS brings, which is pinned; only that is fetched,
into a folder beside the final one; another process imports it; then the folders change places.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..alone import alone
from ..i18n import tr
from . import needs
from .commands import bundled
from .folder import packages_folder, replace
from .troubles import explain

Python = Callable[[Sequence[str], "Path | None"], str]
"""Runs QGIS's Python with arguments, a folder first on its path, and gives what it printed.

Raises InstallError when it ends with an error, InstallCancelled when the user wants no more.
"""

_OLDEST_PIP = (22, 2)
"""The first that can say what it would install."""

_WORKS = "works"
_TRY = f"""\
import importlib, sys
sys.path.extend(sys.argv[2:])
try:
    importlib.import_module(sys.argv[1])
    said = "{_WORKS}"
except BaseException as error:
    said = " ".join(f"{{type(error).__name__}}: {{error}}".split())
print(f"{{sys.argv[1]}}: {{said}}")
"""


class InstallError(Exception):
    """Packages could not be installed; says why in a sentence."""


class InstallCancelled(InstallError):
    """The user wanted no more; nothing was changed."""


@dataclass(frozen=True)
class Installation:
    """What shall be installed, and whence: `wheels` is a folder, None the package index."""

    wanted: tuple[needs.Package, ...]
    wheels: Path | None = None

    def run(self, python: Python) -> None:
        """Install and try out; raises InstallError, and then nothing has changed."""
        self._refuse_no_wheels()
        folder = packages_folder()
        busy = tr("Another window of QGIS is installing packages: wait until it has finished.")
        with alone(folder, InstallError(busy)):
            self._replace(python, folder)

    def _replace(self, python: Python, folder: Path) -> None:
        staging = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(staging, ignore_errors=True)
        try:
            (staging / "new").mkdir(parents=True)
            self._fetch(python, staging)
            _refuse_broken(try_out(python, self.wanted, staging / "new"))
            replace(folder, staging / "new")
        except OSError as error:
            raise InstallError(
                tr(
                    "{0} cannot be written ({1}): close other windows of QGIS, or start QGIS "
                    "again, and install before anything is run."
                ).format(folder, error)
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _refuse_no_wheels(self) -> None:
        if self.wheels is not None and not any(self.wheels.glob("*.whl")):
            raise InstallError(
                tr("{0} holds no wheels (.whl): choose the folder they were fetched to.").format(
                    self.wheels
                )
            )

    def _fetch(self, python: Python, staging: Path) -> None:
        """Let pip put what is lacking, and nothing QGIS brings, into `staging`/new."""
        pip = _able_pip(python, staging, self._source())
        pins, report = staging / "pins.txt", staging / "report.json"
        pins.write_text("\n".join(bundled()), encoding="utf-8")
        wanted = [each.requirement for each in self.wanted]
        python(
            [*_INSTALL, "--dry-run", "--report", str(report), "--constraint", str(pins),
             *self._source(), *wanted],
            pip,
        )  # fmt: skip
        chosen = json.loads(report.read_text(encoding="utf-8"))["install"]
        exact = ["{name}=={version}".format(**each["metadata"]) for each in chosen]
        if exact:
            where = ["--no-deps", "--target", str(staging / "new")]
            python([*_INSTALL, *where, *self._source(), *exact], pip)

    def _source(self) -> list[str]:
        """pip's options that say where wheels come from."""
        return [] if self.wheels is None else ["--no-index", "--find-links", str(self.wheels)]


_INSTALL = ("-m", "pip", "install", "--only-binary", ":all:", "--progress-bar", "off")


def try_out(python: Python, wanted: Sequence[needs.Package], folder: Path) -> dict[str, str]:
    """Import packages in a process of their own: what is wrong with each that fails, by module.

    `folder` comes last on Python's path, as in QGIS.
    A library that would take QGIS down with it only takes that process down.
    """
    said = {package.module: _trouble(python, package.module, folder) for package in wanted}
    return {module: words for module, words in said.items() if words}


def _trouble(python: Python, module: str, folder: Path) -> str:
    """A sentence about a module that cannot be imported, '' where it can."""
    try:
        lines = python(["-c", _TRY, module, str(folder)], None).splitlines()
    except InstallCancelled:
        raise
    except InstallError as error:
        return str(error)
    said = [line for line in lines if line.startswith(f"{module}: ")]
    text = said[-1].partition(": ")[2] if said else " ".join(lines[-1:])
    return "" if text == _WORKS else explain(module, text)


def work_out(python: Python) -> dict[str, str]:
    """What is wrong with the packages as they are installed now, by module; {} = all is well."""
    return try_out(python, needs.packages(), packages_folder())


def _refuse_broken(said: dict[str, str]) -> None:
    if said:
        raise InstallError(
            tr("What was fetched does not work, so nothing was installed: {0}").format(
                " ".join(said.values())
            )
        )


def _able_pip(python: Python, staging: Path, source: list[str]) -> Path | None:
    """The folder of a pip that is new enough, None where Python's own is."""
    said = python(["-m", "pip", "--version"], None)
    found = re.search(r"pip (\d+)\.(\d+)", said)
    if found and (int(found[1]), int(found[2])) >= _OLDEST_PIP:
        return None
    folder = staging / "pip"
    python([*_INSTALL, "--target", str(folder), *source, "pip>={}.{}".format(*_OLDEST_PIP)], None)
    return folder
