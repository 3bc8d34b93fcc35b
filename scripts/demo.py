# SPDX-License-Identifier: GPL-2.0-or-later
"""Segment a raster through qgis_process, draw the map, and say what came out.

scripts/pyqgis.sh scripts/demo.py IMAGE
Writes build/demo/NAME.tif, NAME_confidence.tif, NAME.gpkg, NAME.json and NAME.png. For the sample
scene, whose truth lies beside it as truth.tif, the agreement with the truth is printed too.
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "resources" / "sample" / "scene.tif"
OUTPUTS = ROOT / "build" / "demo"


@dataclass(frozen=True)
class Results:
    """The files of one run."""

    classes: Path
    confidence: Path
    polygons: Path
    report: Path
    map: Path

    @classmethod
    def of(cls, image: Path) -> Results:
        stem = OUTPUTS / image.stem
        return cls(
            stem.with_name(f"{image.stem}.tif"),
            stem.with_name(f"{image.stem}_confidence.tif"),
            stem.with_name(f"{image.stem}.gpkg"),
            stem.with_name(f"{image.stem}.json"),
            stem.with_name(f"{image.stem}.png"),
        )


def shown(path: Path) -> str:
    """The path as one would type it here."""
    return os.path.relpath(path)


def segment(image: Path, results: Results) -> None:
    """Run the algorithm as a batch author would; its own output goes to the terminal."""
    parameters = {
        "INPUT": shown(image),
        "MODEL": "landcover",
        "OUTPUT": shown(results.classes),
        "CONFIDENCE": shown(results.confidence),
        "POLYGONS": shown(results.polygons),
        "REPORT": shown(results.report),
    }
    words = [
        "run",
        "geosift:segment",
        "--",
        *(f"{key}={value}" for key, value in parameters.items()),
    ]
    print("demo: scripts/qgis-process.sh", shlex.join(words), flush=True)
    # stdin closed: from QGIS 3.40 on, qgis_process may read parameters from it.
    command = [ROOT / "scripts" / "qgis-process.sh", *words]
    code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise SystemExit(f"demo: qgis_process failed with exit code {code}; what it said is above")


def draw(image: Path, results: Results, report: dict) -> None:
    """Have QGIS draw the map sheet; GDAL's remarks are shown only when it fails."""
    version = configparser.ConfigParser()
    version.read(ROOT / "metadata.txt", encoding="utf-8")
    seconds = report["timings"]["total"]
    note = (
        f"GeoSift {version['general']['version']} · model landcover · {report['engine']} · "
        f"{report['width']} × {report['height']} pixels in {seconds:.1f} s"
    )
    command = [ROOT / "scripts" / "pyqgis.sh", ROOT / "scripts" / "render_map.py"]
    files = [image, results.classes, results.report, results.map]
    options = ["--title", f"Land cover of {image.name}", "--note", note]
    done = subprocess.run([*command, *files, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"demo: the map could not be drawn:\n{done.stderr}")


def print_areas(report: dict) -> None:
    print(f"\n{'class':<16}{'pixels':>14}{'area':>18}{'share':>10}")
    for area in report["areas"]:
        size = "-" if area["area_m2"] is None else f"{area['area_m2']:,.0f} m²"
        share = f"{100 * area['share']:.1f} %"
        print(f"{area['name']:<16}{area['pixels']:>14,}{size:>18}{share:>10}")
    print(f"{report['engine']}, {report['timings']['total']:.2f} s without QGIS's own start")
    for warning in report["warnings"]:
        print(f"note: {warning}")


def confusion(truth: np.ndarray, found: np.ndarray, *, classes: int) -> np.ndarray:
    """Pixels by (true class, found class), where both have one; shape (classes, classes)."""
    both = (truth < classes) & (found < classes)
    pairs = truth[both].astype(np.int64) * classes + found[both]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def print_agreement(truth: Path, classes: Path, report: dict) -> None:
    """Pixel accuracy and intersection over union against the exact truth of the sample."""
    with rasterio.open(truth) as expected, rasterio.open(classes) as found:
        table = confusion(expected.read(1), found.read(1), classes=len(report["areas"]))
    hits = np.diag(table)
    union = table.sum(axis=0) + table.sum(axis=1) - hits
    iou = hits / np.maximum(union, 1)
    present = table.sum(axis=1) > 0
    print(f"\nagreement with the truth of the scene ({shown(truth)})")
    print(f"{'pixel accuracy':<16}{100 * hits.sum() / table.sum():>8.1f} %")
    print(f"{'mean IoU':<16}{iou[present].mean():>8.3f}")
    for area, value in zip(report["areas"], iou):
        print(f"  {area['name']:<14}{value:>8.3f}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path, nargs="?", default=SAMPLE)
    image = parser.parse_args(arguments).image.resolve()
    if not image.is_file():
        raise SystemExit(
            f"demo: there is no file {image}; give one: make demo IMAGE=/path/to/any.tif"
        )
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    results = Results.of(image)
    segment(image, results)
    report = json.loads(results.report.read_text(encoding="utf-8"))
    print("demo: drawing the map with QGIS", flush=True)
    draw(image, results, report)
    print_areas(report)
    truth = image.with_name("truth.tif")
    if image == SAMPLE and truth.exists():
        print_agreement(truth, results.classes, report)
    print("\nwritten")
    for words, path in (
        ("map", results.map),
        ("classes", results.classes),
        ("confidence", results.confidence),
        ("polygons", results.polygons),
        ("report", results.report),
    ):
        print(f"  {words:<12}{shown(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])
