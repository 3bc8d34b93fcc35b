# SPDX-License-Identifier: GPL-2.0-or-later
"""Trace a rock face through qgis_process, count its fractures, and draw the map.

scripts/pyqgis.sh scripts/demo_geology.py IMAGE [--pixel-size METRES]
Writes build/demo-geology/NAME.gpkg (traces, nodes), NAME.csv, NAME_blocks.gpkg, NAME_p21.tif,
NAME.html (the report), NAME.png and NAME_numbers.png (maps). For the sample rock face, whose true
lines lie beside it as rock.geojson, the agreement with the truth is printed too.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from demo import ROOT, shown

SAMPLE = ROOT / "resources" / "sample" / "rock.jpg"
SAMPLE_PIXEL_M = 0.002
OUTPUTS = ROOT / "build" / "demo-geology"
NEAR = 3.0
"""Pixels within which a traced line and a true one are the same."""
_STEP = 0.5
_NODES = ("I_NODES", "Y_NODES", "X_NODES")


@dataclass(frozen=True)
class Results:
    """The files of one demonstration."""

    traces: Path
    table: Path
    blocks: Path
    grid: Path
    report: Path
    map: Path
    numbers: Path

    @classmethod
    def of(cls, image: Path) -> Results:
        names = (".gpkg", ".csv", "_blocks.gpkg", "_p21.tif", ".html", ".png", "_numbers.png")
        return cls(*(OUTPUTS / f"{image.stem}{name}" for name in names))


def run(algorithm: str, parameters: dict[str, str]) -> dict:
    """Run an algorithm as a batch author would; what it answers."""
    given = [f"{key}={value}" for key, value in parameters.items()]
    words = ["--json", "run", algorithm, "--", *given]
    print("demo-geology: scripts/qgis-process.sh", shlex.join(words), flush=True)
    # stdin closed: from QGIS 3.40 on, qgis_process may read parameters from it.
    done = subprocess.run(
        [ROOT / "scripts" / "qgis-process.sh", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(
            f"demo-geology: qgis_process failed with exit code {done.returncode}:\n{done.stderr}"
        )
    return json.loads(done.stdout)["results"]


def trace(image: Path, results: Results, *, model: str, scale: str) -> dict:
    """Make lines of the fractures."""
    files = {"INPUT": shown(image), "OUTPUT": shown(results.traces)}
    return run("geosift:traces", {**files, "MODEL": model, "PIXEL_SIZE": scale})


def count(image: Path, results: Results, *, scale: str) -> dict:
    """Tell the lines in numbers."""
    return run(
        "geosift:fracturenumbers",
        {
            "INPUT": shown(results.traces),
            "AREAS": shown(outline(image, OUTPUTS / f"{image.stem}_area.csv")),
            "AREA_FIELD": "name",
            "PIXEL_SIZE": scale,
            "TABLE": shown(results.table),
            "BLOCKS": shown(results.blocks),
            "GRID": shown(results.grid),
            "REPORT": shown(results.report),
        },
    )


def draw(image: Path, results: Results, note: str) -> None:
    """Have QGIS draw the map sheet; GDAL's remarks are shown only when it fails."""
    script = ROOT / "scripts" / "render_traces.py"
    command = [ROOT / "scripts" / "pyqgis.sh", script, image, results.traces, results.map]
    options = ["--note", note, "--grid", results.grid, "--blocks", results.blocks]
    options += ["--numbers", results.numbers]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"demo-geology: the map could not be drawn:\n{done.stderr}")


def polylines(geojson: Path) -> list[np.ndarray]:
    """Lines of a GeoJSON in pixels of the image, x to the right and y down: each (n, 2)."""
    document = json.loads(geojson.read_text(encoding="utf-8"))
    lines = [each["geometry"]["coordinates"] for each in document["features"]]
    return [np.asarray(line, float) * (1.0, -1.0) for line in lines]


def traced_lines(traces: Path) -> list[np.ndarray]:
    """Lines of the layer that was made, as `polylines` gives them."""
    from qgis.core import QgsApplication, QgsVectorLayer

    application = QgsApplication([], False)
    application.initQgis()
    layer = QgsVectorLayer(str(traces), "traces", "ogr")
    lines = [
        np.array([(point.x(), -point.y()) for point in feature.geometry().vertices()])
        for feature in layer.getFeatures()
    ]
    del layer
    application.exitQgis()
    return lines


def share_near(lines: list[np.ndarray], others: list[np.ndarray], size: tuple[int, int]) -> float:
    """How much of the length of `lines` is NEAR others; `size` is height and width."""
    away = np.ones(size, np.uint8)
    for points in others:
        corners = np.round(points - 0.5).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(away, [corners], isClosed=False, color=0)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    stations = np.concatenate([_stations(points) for points in lines])
    cols = np.clip(stations[:, 0].astype(int), 0, size[1] - 1)
    rows = np.clip(stations[:, 1].astype(int), 0, size[0] - 1)
    return float((distance[rows, cols] <= NEAR).mean())


def _stations(points: np.ndarray) -> np.ndarray:
    """Places along a line, every half pixel: (n, 2)."""
    run = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    at = np.arange(0.0, run[-1] + _STEP, _STEP)
    return np.stack([np.interp(at, run, points[:, axis]) for axis in (0, 1)], axis=1)


def print_numbers(traced: dict, counted: dict) -> None:
    rows = (
        ("traces", f"{counted['COUNT']:.0f}"),
        ("total length", f"{counted['TOTAL_LENGTH']:.2f} m"),
        ("mean length", f"{counted['MEAN_LENGTH']:.3f} m"),
        ("density P20", f"{counted['P20']:.3f} per m²"),
        ("intensity P21", f"{counted['P21']:.3f} m per m²"),
        ("ends I, Y, X", "  ".join(f"{counted[name]:.0f}" for name in _NODES)),
        ("connections", f"{counted['CONNECTIONS']:.2f} per branch"),
        ("blocks", f"{counted['BLOCK_COUNT']:.0f}"),
    )
    print()
    for name, words in rows:
        print(f"{name:<16}{words:>24}")
    print(f"{traced['ENGINE']}, {traced['SECONDS']:.1f} s without QGIS's own start")


def print_agreement(truth: Path, traces: Path, image: Path) -> None:
    """How much of what was traced is there, and how much of what is there was traced."""
    size = cv2.imread(str(image)).shape[:2]
    true, traced = polylines(truth), traced_lines(traces)
    print(f"\nagreement with the truth of the rock face ({shown(truth)}), within {NEAR:g} pixels")
    print(f"{'traced is true':<24}{100 * share_near(traced, true, size):>8.1f} %")
    print(f"{'truth is traced':<24}{100 * share_near(true, traced, size):>8.1f} %")


def outline(image: Path, path: Path) -> Path:
    """A polygon around the picture, where QGIS draws it: the area in which lines were sought."""
    height, width = cv2.imread(str(image)).shape[:2]
    corners = ((0, 0), (width, 0), (width, -height), (0, -height), (0, 0))
    ring = ", ".join(f"{x} {y}" for x, y in corners)
    path.write_text(f'WKT,name\n"POLYGON(({ring}))",{image.stem}\n', encoding="utf-8")
    return path


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--pixel-size", type=float, default=SAMPLE_PIXEL_M, help="metres a pixel")
    parser.add_argument("--model", default="fractures", help="id or path of a network")
    options = parser.parse_args(arguments)
    image = options.image.resolve()
    if not image.is_file():
        raise SystemExit(
            f"demo-geology: there is no file {image}; give one: "
            "make demo-geology IMAGE=/path/to/photo.jpg"
        )
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    results, scale = Results.of(image), f"{options.pixel_size:g}"
    traced = trace(image, results, model=options.model, scale=scale)
    counted = count(image, results, scale=scale)
    print("demo-geology: drawing the map with QGIS", flush=True)
    note = f"{traced['ENGINE']} · {counted['COUNT']:.0f} traces in {traced['SECONDS']:.1f} s"
    draw(image, results, note)
    print_numbers(traced, counted)
    if image == SAMPLE:
        print_agreement(image.with_suffix(".geojson"), results.traces, image)
    print("\nwritten")
    for words, path in vars(results).items():
        print(f"  {words:<12}{shown(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])
