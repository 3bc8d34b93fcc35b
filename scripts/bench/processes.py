# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured on processes of their own: peak memory, and what the plugin costs QGIS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

_LOAD = """
import sys, time
from qgis.core import QgsApplication
application = QgsApplication([], True)
application.initQgis()
start = time.perf_counter()
import geosift
plugin = geosift.classFactory(None)
plugin.initProcessing()
print("seconds", time.perf_counter() - start)
heavy = [name for name in ("onnxruntime", "cv2", "rasterio", "torch") if name in sys.modules]
plugin.unload()
application.exitQgis()
if heavy:
    raise SystemExit(f"loading the plugin imported {heavy}")
"""


# Linux counts what the parent held at the fork as the child's peak: so a small parent starts it.
_WATCH = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def peak_megabytes(command: list[str]) -> float:
    """Run a command to its end; its largest resident size in 10^6 bytes."""
    watched = [sys.executable, "-S", "-c", _WATCH, *command]
    done = subprocess.run(watched, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return int(done.stdout) * 1024 / 1e6  # Linux counts KiB


def engine_command(image: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "geosift.inference", "segment", str(image), str(out)]


def qgis_command(image: Path, out: Path) -> list[str]:
    program = str(ROOT / "scripts" / "qgis-process.sh")
    return [program, "run", "geosift:segment", "--", f"INPUT={image}", f"OUTPUT={out}"]


def plugin_load_milliseconds(*, times: int = 3) -> float:
    """The least of some starts: importing the plugin and registering its algorithms."""
    seconds = []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", _LOAD], check=True, capture_output=True, text=True
        )
        line = next(line for line in done.stdout.splitlines() if line.startswith("seconds"))
        seconds.append(float(line.split()[1]))
    return 1000 * min(seconds)
