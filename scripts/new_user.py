# SPDX-License-Identifier: GPL-2.0-or-later
"""What a new user does: the zip into an empty profile, a run, what it asks for, the run again.

scripts/new_user.py ZIP FOLDER
Uses the system's Python and QGIS alone, no virtual environment. Where a package is missing the run
has to say so with the command that installs it; that very command is carried out (pip needs a
network or its cache; what only an administrator may install is reported). Nothing may be written
into the plugin's own folder. Needs nothing but Python.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PATH = "/usr/local/bin:/usr/bin:/bin"
LONGEST_S = 300


class NewUser:
    """An empty home with one QGIS profile, into which the zip is unpacked as QGIS does it."""

    def __init__(self, package: Path, folder: Path) -> None:
        if folder.exists() and any(folder.iterdir()) and not (folder / "profiles").is_dir():
            raise FileExistsError(f"{folder} holds something else: give an empty folder")
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = folder
        self.profile = folder / "profiles" / "default"
        self.plugin = self.profile / "python" / "plugins" / "geosift"
        self.scene, self.output = folder / "scene.tif", folder / "land_cover.tif"
        settings = self.profile / "QGIS" / "QGIS3.ini"
        settings.parent.mkdir(parents=True)
        settings.write_text("[PythonPlugins]\ngeosift=true\n", encoding="utf-8")
        with zipfile.ZipFile(package) as archive:
            archive.extractall(self.plugin.parent)
        (folder / "runtime").mkdir(mode=0o700)
        # The sample, but elsewhere: QGIS writes statistics beside every raster it opens.
        shutil.copyfile(self.plugin / "resources" / "sample" / "scene.tif", self.scene)
        self.before = self.plugin_files()

    def plugin_files(self) -> dict[str, bytes]:
        """What lies in the plugin's own folder, but for what Python itself keeps there."""
        files = (path for path in self.plugin.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.plugin)): path.read_bytes()
            for path in files
            if path.parent.name != "__pycache__"
        }

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A command as in this user's terminal; nothing of the caller's environment but pip's."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        environment = {
            **kept,
            "PATH": PATH,
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(self.folder / "runtime"),
            "QGIS_CUSTOM_CONFIG_PATH": str(self.folder),
        }
        return subprocess.run(
            command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip

    def segment(self) -> subprocess.CompletedProcess[str]:
        """The main job on the sample scene that came with the zip."""
        # Debian 12's wrapper `qgis_process` adds an option that its QGIS does not know.
        program = shutil.which("qgis_process.bin", path=PATH) or "qgis_process"
        words = ["run", "geosift:segment", "--", f"INPUT={self.scene}", f"OUTPUT={self.output}"]
        return self.run([program, *words])


def install_as_told(user: NewUser, said: str) -> None:
    """Carry out the commands of the message; SystemExit where that is not ours to do."""
    told = re.search(r"install with: (.*)", said)
    if told is None:
        raise SystemExit(f"check-package: the run failed, and says no command:\n{said}")
    for command in told[1].split(" ; then "):
        words = shlex.split(command)
        print(f"check-package: as told: {command}", flush=True)
        if words[0] == "sudo":
            raise SystemExit("check-package: that takes an administrator: do it and run this again")
        done = user.run(words)
        if done.returncode:
            raise SystemExit(f"check-package: that command failed:\n{done.stdout}{done.stderr}")


def main(arguments: list[str]) -> None:
    package, folder = (Path(each).resolve() for each in arguments)
    print("check-package: a new user: empty profile, no virtual environment", flush=True)
    user = NewUser(package, folder)
    done = user.segment()
    if done.returncode:
        install_as_told(user, done.stderr)
        done = user.segment()
    if done.returncode or not user.output.is_file():
        raise SystemExit(f"check-package: the run failed:\n{done.stdout}{done.stderr}")
    if user.plugin_files() != user.before:
        raise SystemExit("check-package: something was written into the plugin's own folder")
    facts = re.findall(r"^((?:ENGINE|SECONDS):\t.*)$", done.stdout, re.M)
    size = user.output.stat().st_size
    print(f"check-package: {user.output.name}: {size} bytes; {', '.join(facts)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
