# SPDX-License-Identifier: GPL-2.0-or-later
"""Installing into the profile, with the real pip and wheels made here: whole, tried out, or not."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from made_wheels import wheel
from plugin_helpers import wait_until
from qgis.core import QgsApplication, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QLockFile, Qt, QTimer
from qgis.PyQt.QtNetwork import QNetworkProxy
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDialogButtonBox, QWidget

from geosift.plugin.dependencies import folder, installer, interpreter, needs
from geosift.plugin.dependencies import task as dependency_task
from geosift.plugin.dependencies.needs import Package
from geosift.plugin.dependencies.task import PythonTask
from geosift.plugin.widgets import dependency_source
from geosift.plugin.widgets.dependency_dialog import DependencyDialog, offer_missing_packages

MADE = Package("geosift_made", "geosift-made>=1", "is made for tests", 1, 2)
NUMPY = needs.packages()[0]


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """GeoSift's folder of packages in a profile of the test's own; what it brings is forgotten."""
    monkeypatch.setattr(folder, "profile_folder", lambda: tmp_path / "profile")
    monkeypatch.setattr(needs, "packages", lambda: (NUMPY, MADE))
    yield folder.packages_folder()
    folder.deactivate()
    for name in ("geosift_made", "geosift_made_more"):
        sys.modules.pop(name, None)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with the package, what it needs beside numpy, and no numpy."""
    place = tmp_path / "wheels"
    wheel(place, "geosift_made", needs=("numpy>=1", "geosift-made-more"))
    wheel(place, "geosift_made_more", code="import numpy\n")
    return place


def finished(task: PythonTask) -> PythonTask:
    """The task when QGIS's task manager is through with it."""
    over: list[bool] = []
    task.taskCompleted.connect(lambda: over.append(True))
    task.taskTerminated.connect(lambda: over.append(False))
    QgsApplication.taskManager().addTask(task)
    wait_until(lambda: bool(over), seconds=100)
    return task


def install(wheels: Path) -> PythonTask:
    return finished(PythonTask("install", installer.Installation((MADE,), wheels).run))


def leftovers(own_folder: Path) -> list[str]:
    """What lies beside the folder itself: nothing, ever."""
    parent = own_folder.parent
    return [path.name for path in parent.glob("*") if path != own_folder]


def test_what_is_lacking_is_installed_and_numpy_is_not(own_folder: Path, wheels: Path) -> None:
    task = install(wheels)
    assert task.trouble == ""
    found = sorted(path.name for path in own_folder.glob("*.py"))
    assert found == ["geosift_made.py", "geosift_made_more.py"]
    assert not list(own_folder.glob("numpy*")), "QGIS brings it"
    assert leftovers(own_folder) == []
    assert [each.module for each in needs.missing()] == ["geosift_made"]
    folder.activate()
    assert needs.missing() == ()
    assert importlib.import_module("geosift_made").VERSION == "1.0"
    assert folder.remove()
    assert [each.module for each in needs.missing()] == ["geosift_made"]


def test_output_is_seen_while_it_comes(own_folder: Path, wheels: Path) -> None:
    task = PythonTask("install", installer.Installation((MADE,), wheels).run)
    said: list[str] = []
    task.said.connect(said.append)
    finished(task)
    text = "\n".join(said)
    assert "-m pip install" in text
    assert "Successfully installed" in text
    assert str(wheels) in text
    assert not any("\n" in line for line in said)


def test_a_second_installation_takes_the_place_of_the_first(own_folder: Path, wheels: Path) -> None:
    install(wheels)
    wheel(wheels, "geosift_made", version="2.0", needs=())
    assert install(wheels).trouble == ""
    assert [path.name for path in own_folder.glob("*.py")] == ["geosift_made.py"]
    assert "2.0" in (own_folder / "geosift_made.py").read_text()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"needs": (f"numpy>{np.__version__}",)}, "numpy"),
        ({"needs": ("geosift-nowhere",)}, "geosift-nowhere"),
        ({"version": "0.5"}, "geosift-made>=1"),
        ({"code": "raise ImportError('libx.so.3: cannot open shared object file')"}, "libx.so.3"),
        ({"code": "raise ImportError('numpy.core.multiarray failed to import')"}, "another numpy"),
        ({"code": "import os\nos.abort()"}, "crashed"),
        ({"code": "import os\nos._exit(3)"}, "failed"),
    ],
    ids=["numpy", "no-such", "too-old", "library", "built-for-other-numpy", "crash", "exit"],
)
def test_what_does_not_work_changes_nothing(
    made: dict, expected: str, own_folder: Path, wheels: Path, tmp_path: Path
) -> None:
    assert install(wheels).trouble == ""
    before = sorted(path.name for path in own_folder.rglob("*"))
    other = tmp_path / "other"
    wheel(other, "geosift_made", **{"version": "3.0", **made})
    task = install(other)
    assert expected in task.trouble
    assert "\n" not in task.trouble
    assert sorted(path.name for path in own_folder.rglob("*")) == before
    assert leftovers(own_folder) == []


def test_cancelled_installation_changes_nothing(own_folder: Path, tmp_path: Path) -> None:
    """Cancelled while the package is tried out, which would take a minute."""
    slow = tmp_path / "slow"
    wheel(slow, "geosift_made", code="import time\nprint('waiting', flush=True)\ntime.sleep(60)\n")
    task = PythonTask("install", installer.Installation((MADE,), slow).run)
    task.said.connect(lambda line: task.cancel() if line == "waiting" else None)
    assert "ancelled" in finished(task).trouble
    assert not own_folder.exists()
    assert leftovers(own_folder) == []


def test_a_profile_that_cannot_be_written_is_said(
    own_folder: Path, wheels: Path, tmp_path: Path
) -> None:
    (tmp_path / "profile").write_text("a file where the folder should be")
    assert "cannot be written" in install(wheels).trouble


def test_without_pip_it_says_how_to_get_it(own_folder: Path, wheels: Path) -> None:
    def no_pip(arguments: Sequence[str], _extra: Path | None) -> str:
        return PythonTask("x", print)._start(
            interpreter.candidates()[0], ["-S", "-E", *arguments], None
        )

    with pytest.raises(installer.InstallError, match="python3-pip"):
        installer.Installation((MADE,), wheels).run(no_pip)
    assert leftovers(own_folder) == []


def test_an_old_pip_fetches_a_newer_one_first(own_folder: Path, wheels: Path) -> None:
    """Up to 22.1 pip cannot say what it would install."""
    asked: list[tuple[list[str], Path | None]] = []

    def old_pip(arguments: Sequence[str], extra: Path | None) -> str:
        asked.append((list(arguments), extra))
        if "--version" in arguments:
            return "pip 21.2.4 from somewhere (python 3.9)"
        if any(word.startswith("pip>=") for word in arguments):
            return ""
        return finished_python(arguments, extra)

    installer.Installation((MADE,), wheels).run(old_pip)
    fetched = next(words for words, _ in asked if "pip>=22.2" in words)
    place = Path(fetched[fetched.index("--target") + 1])
    assert all(extra == place for words, extra in asked if "geosift-made>=1" in words)
    assert own_folder.exists()


def finished_python(arguments: Sequence[str], extra: Path | None) -> str:
    task = PythonTask("x", print)
    task._program = task._own_python()
    return task._python(arguments, extra)


def test_a_program_of_another_python_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "python3"
    other.write_text("#!/bin/sh\necho '(2, 7) linux-x86_64'\n")
    other.chmod(0o755)
    own = interpreter.candidates()
    monkeypatch.setattr("geosift.plugin.dependencies.task.candidates", lambda: (other, *own))
    assert PythonTask("x", print)._own_python() in own
    monkeypatch.setattr("geosift.plugin.dependencies.task.candidates", lambda: (other,))
    task = finished(PythonTask("x", print))
    assert "was not found" in task.trouble


def test_pip_goes_through_the_proxy_of_qgis(qgis_app) -> None:
    network = QgsNetworkAccessManager.instance()
    kinds = QNetworkProxy.ProxyType
    proxy = QNetworkProxy(kinds.HttpProxy, "proxy.example.org", 3128, "me", "p@ss:word")
    network.setFallbackProxyAndExcludes(proxy, [], [])
    found = PythonTask("x", print)._environment(None)
    expected = "http://me:p%40ss%3Aword@proxy.example.org:3128"  # pragma: allowlist secret
    assert found.value("HTTPS_PROXY") == found.value("HTTP_PROXY") == expected
    network.setFallbackProxyAndExcludes(QNetworkProxy(kinds.NoProxy), [], [])
    assert "example" not in PythonTask("x", print)._environment(None).value("HTTPS_PROXY")


def test_try_out_has_the_folder_last_as_qgis_has(own_folder: Path) -> None:
    """What QGIS brings wins over a package of the same name."""
    own_folder.mkdir(parents=True)
    (own_folder / "numpy.py").write_text("raise ImportError('this one must not be taken')\n")
    task = finished(PythonTask("x", lambda python: installer.try_out(python, [NUMPY], own_folder)))
    assert task.answer == {}


@pytest.fixture
def dialog(
    own_folder: Path, qgis_app, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DependencyDialog]:
    monkeypatch.setattr(
        dependency_source, "system_command", lambda wanted: "sudo apt install x" if wanted else ""
    )
    made = DependencyDialog()
    made.show()
    yield made
    made.reject()


def click(widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def states(dialog: DependencyDialog) -> list[str]:
    table = dialog.table
    return [table.topLevelItem(row).text(2) for row in range(table.topLevelItemCount())]


def test_dialog_says_what_why_and_how_large(dialog: DependencyDialog) -> None:
    row = dialog.table.topLevelItem(1)
    assert [row.text(column) for column in range(5)] == [
        "geosift_made", "is made for tests", "missing", "1 MB", "2 MB",
    ]  # fmt: skip
    assert "1 MB to download, 2 MB on the disk" in dialog.source.index.text()
    assert "missing" in dialog.words.text()
    assert not dialog.remove.isVisible(), "there is nothing to remove"
    assert not dialog.cancel.isVisible()


def test_dialog_installs_from_a_folder_and_removes(
    dialog: DependencyDialog, own_folder: Path, wheels: Path
) -> None:
    dialog.source.folder.setChecked(True)
    assert not dialog.install.isEnabled(), "no folder is chosen yet"
    dialog.source.wheels.setFilePath(str(wheels))
    click(dialog.install)
    assert dialog.cancel.isVisible()
    assert not dialog.source.isVisible()
    wait_until(lambda: not dialog.cancel.isVisible())
    assert states(dialog) == ["there", "installed by GeoSift"]
    assert "ready, without starting QGIS again" in dialog.words.text()
    assert "Successfully installed" in dialog.output.toPlainText()
    assert not dialog.install.isVisible(), "nothing is left to install"
    assert importlib.import_module("geosift_made").VERSION == "1.0"
    click(dialog.remove)
    assert states(dialog) == ["there", "missing"]
    assert not own_folder.exists()
    assert dialog.install.isVisible()


def test_choosing_a_folder_chooses_that_way(dialog: DependencyDialog, wheels: Path) -> None:
    assert dialog.source.index.isChecked()
    dialog.source.wheels.setFilePath(str(wheels))
    assert dialog.source.folder.isChecked()
    assert dialog.source.wheels_folder() == wheels


def test_dialog_shows_why_it_failed(dialog: DependencyDialog, tmp_path: Path) -> None:
    wheel(tmp_path / "others", "geosift_made_more")
    dialog.source.wheels.setFilePath(str(tmp_path / "others"))
    click(dialog.install)
    wait_until(lambda: not dialog.cancel.isVisible())
    assert dialog.notice.isVisible()
    assert "geosift-made" in dialog.notice.label.text()
    assert dialog.install.isEnabled(), "one may try again"


def test_cancel_button_stops_at_once(
    dialog: DependencyDialog, own_folder: Path, tmp_path: Path
) -> None:
    slow = tmp_path / "slow"
    wheel(slow, "geosift_made", code="import time\nprint('waiting', flush=True)\ntime.sleep(60)\n")
    dialog.source.wheels.setFilePath(str(slow))
    click(dialog.install)
    wait_until(lambda: "waiting" in dialog.output.toPlainText())
    click(dialog.cancel)
    wait_until(lambda: not dialog.cancel.isVisible(), seconds=10)
    assert "ancelled" in dialog.notice.label.text()
    assert not own_folder.exists()


def test_closing_while_it_installs_cancels_first(
    dialog: DependencyDialog, own_folder: Path, wheels: Path
) -> None:
    dialog.source.wheels.setFilePath(str(wheels))
    click(dialog.install)
    click(dialog.buttons.button(QDialogButtonBox.StandardButton.Close))
    assert not dialog.isVisible()
    assert not own_folder.exists()
    assert leftovers(own_folder) == []


def test_trying_out_tells_what_is_wrong(
    dialog: DependencyDialog, own_folder: Path, wheels: Path
) -> None:
    dialog.source.wheels.setFilePath(str(wheels))
    click(dialog.install)
    wait_until(lambda: not dialog.cancel.isVisible())
    click(dialog.try_out)
    wait_until(lambda: not dialog.cancel.isVisible())
    assert "works" in dialog.words.text()
    (own_folder / "geosift_made.py").write_text("import geosift_gone\n")
    click(dialog.try_out)
    wait_until(lambda: not dialog.cancel.isVisible())
    assert states(dialog) == ["there", "does not work"]
    assert "geosift_gone" in dialog.notice.label.text()
    click(dialog.install)
    wait_until(lambda: not dialog.cancel.isVisible())
    assert states(dialog) == ["there", "installed by GeoSift"]
    assert not dialog.install.isVisible(), "what was broken was installed anew"


def test_what_is_missing_is_offered_before_a_run(own_folder: Path, wheels: Path, qgis_app) -> None:
    """As the dock does when Run is clicked: the run goes on when all is there in the end."""

    def use(then: Callable[[DependencyDialog], None]) -> bool:
        def find() -> None:
            (dialog,) = (each for each in qgis_app.topLevelWidgets() if _is_open(each))
            then(dialog)
            dialog.reject()

        QTimer.singleShot(50, find)
        return offer_missing_packages(None)

    def install_it(dialog: DependencyDialog) -> None:
        dialog.source.wheels.setFilePath(str(wheels))
        click(dialog.install)
        wait_until(lambda: not dialog.cancel.isVisible())

    assert not use(lambda _dialog: None), "closed without installing"
    assert use(install_it)
    assert offer_missing_packages(None), "nothing is asked when nothing is missing"


def _is_open(widget: QWidget) -> bool:
    return isinstance(widget, DependencyDialog) and widget.isVisible()


def test_command_is_copied(dialog: DependencyDialog) -> None:
    click(dialog.source.copy)
    assert QgsApplication.clipboard().text() == "sudo apt install x"
    assert dialog.source.system.isChecked()
    assert not dialog.install.isEnabled(), "that command the user runs"


def test_dialog_is_used_by_keyboard(dialog: DependencyDialog) -> None:
    """Every button has a key of its own, and none is given twice."""
    buttons = [dialog.install, dialog.cancel, dialog.try_out, dialog.remove]
    buttons += [dialog.source.index, dialog.source.folder, dialog.source.system]
    keys = [each.text().split("&")[1][0].lower() for each in buttons]
    assert len(set(keys)) == len(keys)


def test_offline_installation_needs_no_network(own_folder: Path, wheels: Path) -> None:
    """pip is told so: with --no-index it asks no server at all."""
    task = PythonTask("install", installer.Installation((MADE,), wheels).run)
    said: list[str] = []
    task.said.connect(said.append)
    finished(task)
    started = [line for line in said if line.startswith("> ") and "pip install" in line]
    assert started
    assert all("--no-index" in line for line in started)
    assert not any("http" in line for line in said)


def test_two_windows_do_not_install_at_once(own_folder: Path, wheels: Path) -> None:
    own_folder.parent.mkdir(parents=True)
    other = QLockFile(f"{own_folder}.lock")
    assert other.tryLock(0)
    assert "Another window of QGIS" in install(wheels).trouble
    assert not own_folder.exists()
    other.unlock()
    assert install(wheels).trouble == ""


def test_a_folder_without_wheels_is_said_before_pip_is_asked(
    own_folder: Path, tmp_path: Path
) -> None:
    task = PythonTask("install", installer.Installation((MADE,), tmp_path).run)
    said: list[str] = []
    task.said.connect(said.append)
    assert "holds no wheels" in finished(task).trouble
    assert not any("pip" in line for line in said)


@pytest.mark.parametrize(
    "line, expected",
    [
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed", "proxy"),
        ("Failed to establish a new connection: [Errno 11001] getaddrinfo failed", "be reached"),
    ],
)
def test_what_hides_behind_no_matching_distribution_is_said(line: str, expected: str) -> None:
    said = [f"WARNING: Retrying (Retry(total=0)) after connection broken by '{line}'",
            "ERROR: No matching distribution found for onnxruntime"]  # fmt: skip
    assert expected in dependency_task._reason(said)
