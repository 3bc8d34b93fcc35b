# SPDX-License-Identifier: GPL-2.0-or-later
"""What Python packages are missing, what is said of it, and why others fail."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qgis.core import QgsApplication

from geosift.inference.errors import MissingDependency
from geosift.plugin import dependencies
from geosift.plugin.algorithms.segment import SegmentAlgorithm
from geosift.plugin.dependencies import commands, folder, interpreter, needs, offer, troubles
from geosift.plugin.dependencies.needs import Package

ABSENT = Package("geosift_absent", "geosift-absent>=2", "is not there", 3, 7)
NAMES = {package.module: package for package in needs.packages()}


def test_everything_is_found_where_the_tests_run() -> None:
    assert dependencies.missing() == ()
    assert dependencies.complaint() == ""
    for package in needs.packages():
        found = needs.place(package)
        assert found is not None
        assert found.is_file()
        assert package.download_mb < package.disk_mb


def test_looking_imports_nothing(plain_environment) -> None:
    program = (
        "import sys, importlib.util\n"
        "from geosift.plugin.dependencies import needs\n"
        "before = set(sys.modules)\n"
        "assert needs.missing() == ()\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **plain_environment, "PYTHONPATH": os.environ["PYTHONPATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A Python that lacks a package, and what the desktop would be told."""
    monkeypatch.setattr(needs, "packages", lambda: (NAMES["numpy"], ABSENT))
    told: list[str] = []
    offer.OFFER.wanted.connect(told.append)
    yield told
    offer.OFFER.wanted.disconnect(told.append)


def test_what_is_missing_is_one_sentence_with_the_command(lacking: list[str]) -> None:
    words = dependencies.complaint()
    version = "{}.{}".format(*sys.version_info)
    start = f"GeoSift needs the Python package geosift_absent, which QGIS's Python {version}"
    assert words.startswith(start)
    assert lacking == [f"{start} does not have"]
    command = words.split("install with: ")[1]
    assert command == commands.pip_command([ABSENT])


def test_a_run_is_refused_before_anything_is_done(
    lacking: list[str], provider: None, tmp_path: Path
) -> None:
    from qgis.core import QgsProcessingContext

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geosift:segment")
    fine, words = algorithm.checkParameterValues({}, QgsProcessingContext())
    assert not fine
    assert "geosift_absent" in words
    assert len(lacking) == 1


def test_several_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [Package(f"absent_{name}", f"absent-{name}", "", 1, 2) for name in "abc"]
    monkeypatch.setattr(needs, "packages", lambda: tuple(others))
    assert "packages absent_a, absent_b and absent_c, which" in dependencies.complaint()


def test_pip_command_is_exact(tmp_path: Path) -> None:
    """It names QGIS's own Python, GeoSift's folder, and the numpy that must stay."""
    words = shlex.split(commands.pip_command([ABSENT]))
    assert Path(words[0]).is_file()
    said = subprocess.run(
        [words[0], "-c", interpreter.IDENTITY], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == interpreter.identity()
    assert words[words.index("--target") + 1] == str(folder.packages_folder())
    assert words[-2:] == ["geosift-absent>=2", f"numpy=={np.__version__}"]


@pytest.mark.parametrize(
    ("program", "start"),
    [
        ("apt", "sudo apt install python3-rasterio python3-opencv"),
        ("dnf", "sudo dnf install python3-rasterio python3-opencv"),
        ("pacman", "sudo pacman -S python-rasterio python-opencv"),
    ],
)
def test_distribution_is_asked_for_what_it_has(
    program: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: name if name == program else None)
    wanted = [NAMES["rasterio"], NAMES["cv2"], NAMES["onnxruntime"]]
    system, pip = commands.all_commands(wanted)
    assert system == start
    assert "onnxruntime" in pip
    assert "rasterio" not in pip.replace(str(folder.packages_folder()), "")


def test_conda_has_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (command,) = commands.all_commands(needs.packages())
    assert command == "conda install -c conda-forge numpy rasterio py-opencv onnxruntime"


def test_without_a_package_manager_linux_says_whence_rasterio_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    pip, words = commands.all_commands([NAMES["rasterio"], NAMES["cv2"]])
    assert "opencv-python-headless" in pip
    assert "rasterio" in words


def test_windows_quotes_what_its_terminal_would_take_for_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert commands.quoted(["C:\\Program Files\\py.exe", "a>=1", "b"]) == (
        '"C:\\Program Files\\py.exe" "a>=1" b'
    )
    assert commands.system_command(needs.packages()) == ""
    assert all(each.by_pip for each in needs.packages())


@pytest.mark.parametrize("name", ["qgis", "qgis-ltr"])
def test_on_windows_the_command_works_outside_the_osgeo4w_shell(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By QGIS's own batch file, which sets what its Python needs, and hands the words on."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(QgsApplication, "prefixPath", lambda: str(tmp_path / "apps" / name))
    assert not interpreter.to_type().endswith(".bat"), "nothing is told that is not there"
    batch = tmp_path / "bin" / f"python-{name}.bat"
    batch.parent.mkdir()
    batch.write_text("python %*")
    assert interpreter.to_type() == str(batch)
    assert commands.pip_command([ABSENT]).startswith(f"{commands.quoted([str(batch)])} -m pip ")


def test_pins_are_lines_pip_takes() -> None:
    pins = commands.bundled()
    assert f"numpy=={np.__version__}" in pins
    names = [pin.split("==")[0] for pin in pins]
    assert names == sorted(set(names))
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("numpy.core.multiarray failed to import", "another numpy"),
        (
            "A module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.2.4",
            "another numpy",
        ),
        ("numpy.dtype size changed, may indicate binary incompatibility.", "another numpy"),
        ("module compiled against ABI version 0x1000009 but this", "another numpy"),
        ("DLL load failed while importing x: The specified module", "vc_redist.x64.exe"),
        ("/lib/libc.so.6: version `GLIBC_2.38' not found (required by", "GLIBC_2.38 is missing"),
        ("libGL.so.1: cannot open shared object file: No such", "opencv-python-headless"),
        ("libgeos_c.so.1: cannot open shared object file: No", "system library libgeos_c.so.1"),
        ("(mach-o file, but is an incompatible architecture (have 'x86_64'", "another processor"),
        ("No module named 'cv2'", "is not installed."),
        ("ModuleNotFoundError: No module named 'gone.deep'", "needs the Python package gone.deep"),
        ("something\nelse entirely.", "cannot import it: something else entirely."),
    ],
)
def test_import_errors_are_explained(text: str, expected: str) -> None:
    words = troubles.explain("cv2", text)
    assert expected in words
    assert words.startswith("cv2 ")
    assert words.endswith(".")
    assert "\n" not in words
    assert "{" not in words


def chained(sentence: MissingDependency, cause: ImportError) -> MissingDependency:
    sentence.__cause__ = cause
    return sentence


def test_the_engine_s_own_sentence_is_put_in_qgis_s_words() -> None:
    gone = ModuleNotFoundError("No module named 'onnxruntime'", name="onnxruntime")
    error = chained(MissingDependency("install it"), gone)
    assert dependencies.lacks_package(error)
    assert "needs the Python package onnxruntime" in dependencies.missing_package_words(error)
    broken = ImportError("DLL load failed while importing onnxruntime_pybind11_state: x")
    broken.name = "onnxruntime.capi"
    error = chained(MissingDependency("install it"), broken)
    assert "onnxruntime needs the Microsoft" in dependencies.missing_package_words(error)


def test_a_bug_of_ours_is_not_taken_for_a_missing_package() -> None:
    assert not dependencies.lacks_package(ImportError("x", name="geosift.plugin.nonsense"))


def test_qgis_s_python_is_found_though_another_comes_first_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "python3"
    other.write_text("#!/bin/sh\necho another\n")
    other.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(other))
    found = interpreter.candidates()
    assert found[-1] == other
    assert len(found) > 1


def test_qgis_process_says_what_to_type(scene_less_run: subprocess.CompletedProcess) -> None:
    """The command stands at the end of its line, and names the profile that QGIS runs with."""
    assert scene_less_run.returncode == 1
    (line,) = (each for each in scene_less_run.stderr.splitlines() if "GeoSift needs" in each)
    assert "the Python package onnxruntime" in line
    assert "choose Raster" not in line, "there is no menu"
    words = shlex.split(line.split("install with: ")[1])
    assert words[1:4] == ["-m", "pip", "install"]
    assert "profile" in words[words.index("--target") + 1]


@pytest.fixture
def scene_less_run(qgis_process: list[str], tmp_path: Path) -> subprocess.CompletedProcess:
    """qgis_process whose Python finds no onnxruntime, wherever it may be."""
    (tmp_path / "sitecustomize.py").write_text(
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "def without(name, *more):\n"
        "    return None if name == 'onnxruntime' else find(name, *more)\n"
        "PathFinder.find_spec = without\n"
    )
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    command = [*qgis_process, "run", "geosift:segment", "--", "INPUT=a.tif", "OUTPUT=b.tif"]
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, timeout=200, env=environment)


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    place = tmp_path / "profile"
    monkeypatch.setattr(folder, "profile_folder", lambda: place)
    yield folder.packages_folder()
    folder.deactivate()


def test_folder_is_keyed_by_python_and_comes_last(own_folder: Path) -> None:
    assert own_folder.name == "python{}.{}".format(*sys.version_info)
    folder.activate()
    assert str(own_folder) not in sys.path, "there is none yet"
    own_folder.mkdir(parents=True)
    for _ in range(2):
        folder.activate()
    assert sys.path[-1] == str(own_folder)
    assert sys.path.count(str(own_folder)) == 1
    assert folder.remove()
    assert str(own_folder) not in sys.path
    assert not own_folder.exists()
    assert folder.remove(), "nothing to remove is no trouble"


def test_files_in_use_are_removed_at_the_next_start(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_folder.mkdir(parents=True)
    (own_folder / "module.py").write_text("")

    def refuse(_path: Path) -> None:
        raise PermissionError("in use")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        assert not folder.remove()
    folder.activate()
    assert not own_folder.exists()
    assert str(own_folder) not in sys.path


def test_replacing_fails_whole(own_folder: Path, tmp_path: Path) -> None:
    own_folder.mkdir(parents=True)
    (own_folder / "old.py").write_text("")
    with pytest.raises(OSError):
        folder.replace(own_folder, tmp_path / "no such folder")
    assert [path.name for path in own_folder.iterdir()] == ["old.py"]
    assert [path.name for path in own_folder.parent.iterdir()] == [own_folder.name]


def test_packages_that_could_not_be_removed_stay_out_of_the_path(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half deleted, they would be found without their code."""
    (own_folder / "onnxruntime").mkdir(parents=True)
    (own_folder / folder._CONDEMNED).touch()

    def in_use(*_: object) -> None:
        raise PermissionError("in use")

    monkeypatch.setattr(shutil, "rmtree", in_use)
    folder.activate()
    assert str(own_folder) not in sys.path


def test_a_folder_without_code_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ABSENT.module).mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert needs.place(ABSENT) is None


def test_packages_come_back_when_qgis_ended_between_two_renames(own_folder: Path) -> None:
    old = own_folder.with_name(f"{own_folder.name}.old")
    (old / "onnxruntime").mkdir(parents=True)
    folder.activate()
    assert (own_folder / "onnxruntime").is_dir() and not old.exists()


def test_the_package_that_failed_is_named_by_what_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An extension that fails says neither its name nor that it is not numpy that is wrong."""
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('numpy.core.multiarray failed to import\\n')", encoding="utf-8"
    )
    program = (
        "from geosift.plugin import dependencies\n"
        "try:\n"
        "    import cv2\n"
        "except ImportError as error:\n"
        "    print(dependencies._module(error), '|', dependencies.missing_package_words(error))\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    module, _, words = done.stdout.strip().partition(" | ")
    assert module == "cv2" and "\n" not in words and "cv2" in words


def test_what_was_installed_since_qgis_started_is_found(
    lacking: list[str], own_folder: Path
) -> None:
    assert "geosift_absent" in dependencies.complaint()
    own_folder.mkdir(parents=True)
    (own_folder / "geosift_absent.py").write_text("", encoding="utf-8")
    assert dependencies.complaint() == ""


@pytest.mark.parametrize(
    "line, says",
    [
        ("raise ValueError('numpy.dtype size changed, may indicate trouble')", "another numpy"),
        ("raise OSError('[WinError 126] no module')", "cannot import it"),
    ],
)
def test_libraries_that_do_not_fit_are_told_in_a_sentence(
    line: str, says: str, provider: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They raise other errors than ImportError, in the middle of importing the engine."""
    from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

    (tmp_path / "rasterio.py").write_text(line, encoding="utf-8")
    (tmp_path / "loads_engine.py").write_text("import rasterio\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "rasterio", raising=False)

    def load() -> None:
        import loads_engine  # noqa: F401

    algorithm = SegmentAlgorithm()
    monkeypatch.setattr(algorithm, "run_type", load)
    with pytest.raises(QgsProcessingException, match=says) as caught:
        algorithm.processAlgorithm({}, QgsProcessingContext(), QgsProcessingFeedback())
    assert str(caught.value).startswith("rasterio ")


def test_a_bug_of_ours_while_loading_stays_one(
    provider: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    def load() -> None:
        raise AttributeError("no such thing")

    algorithm = SegmentAlgorithm()
    monkeypatch.setattr(algorithm, "run_type", load)
    with pytest.raises(ImportError, match="no such thing"):
        algorithm.processAlgorithm({}, QgsProcessingContext(), QgsProcessingFeedback())
