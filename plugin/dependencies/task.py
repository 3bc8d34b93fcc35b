# SPDX-License-Identifier: GPL-2.0-or-later
"""Work that QGIS's Python does in processes of its own, in the background."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtCore import QProcess, QProcessEnvironment, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkProxy

from ..background.work_task import WorkTask
from ..i18n import tr
from .commands import quoted
from .installer import InstallCancelled, InstallError, Python
from .interpreter import IDENTITY, candidates, identity

_POLL_MS = 100
_ENVIRONMENT = {
    # What users set for their own installations would contradict a folder of ours.
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}
_CONTRADICTING = (
    "TARGET", "PREFIX", "ROOT", "PYTHON", "DRY_RUN", "NO_DEPS", "IGNORE_INSTALLED",
    "REQUIRE_HASHES", "QUIET", "PLATFORM", "PYTHON_VERSION", "ABI", "IMPLEMENTATION",
)  # fmt: skip
"""Settings of pip's that would lead it elsewhere; where packages come from stays the user's."""


class PythonTask(WorkTask):
    """Does `work` with QGIS's Python; tells every line it prints."""

    said = pyqtSignal(str)

    def __init__(self, title: str, work: Callable[[Python], Any]) -> None:
        super().__init__(title, work, foreseen=InstallError)
        self._proxy = _proxy_of_qgis()

    def tool(self) -> Python:
        """What runs QGIS's Python."""
        self._program = self._own_python()
        return self._python

    def _own_python(self) -> Path:
        """The program that is the same Python as the one inside QGIS."""
        for program in candidates():
            try:
                said = self._start(program, ["-c", IDENTITY], None, quiet=True)
            except InstallCancelled:
                raise
            except InstallError:
                continue  # another candidate may be the one
            if said.strip().endswith(identity()):
                return program
        raise InstallError(
            tr(
                "The Python program that belongs to QGIS ({0}) was not found beside it; install "
                "the packages with your system's tools."
            ).format(identity())
        )

    def _python(self, arguments: Sequence[str], extra: Path | None) -> str:
        return self._start(self._program, arguments, extra)

    def _start(
        self, program: Path, arguments: Sequence[str], extra: Path | None, *, quiet: bool = False
    ) -> str:
        """Run a program to its end and give what it printed; raises InstallError."""
        process = QProcess()
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setProcessEnvironment(self._environment(extra))
        process.setWorkingDirectory(str(program.parent))  # not one whose modules would be taken
        if not quiet and arguments[0] == "-m":
            self.said.emit("> " + quoted([str(program), *arguments]))
        process.start(str(program), list(arguments))
        lines: list[str] = []
        while process.state() != QProcess.ProcessState.NotRunning:
            if not process.waitForReadyRead(_POLL_MS):
                process.waitForFinished(_POLL_MS)
            lines += self._read_lines(process, quiet)
            if self.isCanceled():
                process.kill()
                process.waitForFinished()
                raise InstallCancelled(tr("Cancelled; nothing was changed."))
        lines += self._read_lines(process, quiet)
        _refuse_failure(process, program, lines)
        return "\n".join(lines)

    def _read_lines(self, process: QProcess, quiet: bool) -> list[str]:
        """The lines that are there whole; of a process that has ended, all there are."""
        ended = process.state() == QProcess.ProcessState.NotRunning
        lines = []
        while process.canReadLine() or (ended and process.bytesAvailable()):
            lines.append(bytes(process.readLine()).decode("utf-8", "replace").rstrip())
        if not quiet:
            for line in lines:
                self.said.emit(line)
        return lines

    def _environment(self, extra: Path | None) -> QProcessEnvironment:
        environment = QProcessEnvironment.systemEnvironment()
        for name in _CONTRADICTING:
            environment.remove(f"PIP_{name}")
        for name, value in {**_ENVIRONMENT, **self._proxy}.items():
            environment.insert(name, value)
        if extra is not None:
            paths = [str(extra), environment.value("PYTHONPATH")]
            environment.insert("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        return environment


def _refuse_failure(process: QProcess, program: Path, lines: list[str]) -> None:
    if process.error() == QProcess.ProcessError.FailedToStart:
        raise InstallError(tr("{0} cannot be started: {1}.").format(program, process.errorString()))
    if process.exitStatus() != QProcess.ExitStatus.NormalExit:
        raise InstallError(
            tr("{0} crashed; inside QGIS it would have taken QGIS down.").format(program)
        )
    if process.exitCode() != 0:
        raise InstallError(_reason(lines) or tr("{0} failed without a reason.").format(program))


def _reason(lines: list[str]) -> str:
    """The line that says why pip or Python gave up, as a sentence."""
    text = "\n".join(lines)
    if "No module named pip" in text:
        return tr(
            "QGIS's Python has no pip: install it first (on Debian and Ubuntu: sudo apt install "
            "python3-pip), or install the packages with your system's tools."
        )
    for pattern, sentence in _unreachable():  # else pip ends with "No matching distribution"
        if re.search(pattern, text):
            return sentence
    conflict = [
        line.strip() for line in lines if re.match(r"    \S.* (depends on|requested) ", line)
    ]
    if conflict:
        words = tr("No version fits beside what QGIS brings: {0}.")
        return words.format("; ".join(dict.fromkeys(conflict)))
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors[-1][len("ERROR: ") :] if errors else next(reversed(lines), "")).strip()


def _unreachable() -> tuple[tuple[str, str], ...]:
    """Patterns of what pip says while it tries in vain, and what helps; the first that fits."""
    return (
        (
            r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
            tr(
                "The package index answers with a certificate this Python does not trust, as where "
                "a company's proxy looks into what is fetched: let pip know the company's "
                "certificate (pip config set global.cert FILE), or install from a folder of wheels."
            ),
        ),
        (
            r"ProxyError|407 Proxy Authentication|Tunnel connection failed",
            tr(
                "The proxy does not let pip through: check its address, user and password in "
                "QGIS's options (Network), or install from a folder of wheels."
            ),
        ),
        (
            r"name resolution|getaddrinfo failed|NewConnectionError|ConnectTimeout|ReadTimeout"
            r"|connection timed out",
            tr(
                "The package index cannot be reached: check the network and the proxy in QGIS's "
                "options, or install from a folder of wheels."
            ),
        ),
    )


def _proxy_of_qgis() -> dict[str, str]:
    """The proxy QGIS uses, as environment variables that pip reads; main thread only."""
    proxy = QgsNetworkAccessManager.instance().fallbackProxy()
    http = (QNetworkProxy.ProxyType.HttpProxy, QNetworkProxy.ProxyType.HttpCachingProxy)
    if proxy.type() not in http or not proxy.hostName():
        return {}
    user, password = quote(proxy.user(), safe=""), quote(proxy.password(), safe="")
    login = f"{user}:{password}@" if user else ""
    address = f"http://{login}{proxy.hostName()}:{proxy.port()}"
    names = ("HTTP_PROXY", "HTTPS_PROXY")  # of both spellings Python takes the small one
    return {spelt: address for name in names for spelt in (name, name.lower())}
