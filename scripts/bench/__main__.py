# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure GeoSift: speed as ratios within this run, memory, seams, what loading the plugin costs.

scripts/pyqgis.sh scripts/bench [--image FILE] [--height N --width N] [--rounds N] [--short]
Writes build/bench/bench.json and prints a table. A missed limit is shown, and is no failure: times
on a busy machine are not to be trusted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from classify_speed import classify_figures
from detect_speed import detect_figures
from embed_speed import embed_figures
from figure import FOLDER, Figure, print_table
from memory import memory_figures
from processes import ROOT, plugin_load_milliseconds
from prompt_speed import prompt_figures
from scene import make_scene
from seams import seam_figures
from speed import speed_figures
from teach_speed import teach_figures
from traces_speed import trace_figures

from geosift.inference.cards.catalog import Catalog

SEAM_SIDE = 2048


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--image", type=Path, help="instead of a made scene")
    parser.add_argument("--height", type=int, default=4438)
    parser.add_argument("--width", type=int, default=6447)
    parser.add_argument("--rounds", type=int, default=3, help="of which the least time counts")
    parser.add_argument("--short", action="store_true", help="without the largest rasters")
    options = parser.parse_args()
    workers = os.cpu_count() or 1
    card = Catalog().find("landcover")
    metres = card.resolution_m or 1.0
    size = {"height": options.height, "width": options.width}
    print(f"bench: {options.width} x {options.height} pixels, {workers} workers", flush=True)
    scene = make_scene(FOLDER / "scene.tif", resolution_m=metres, **size)
    image = options.image or scene
    small = make_scene(FOLDER / "seams.tif", height=SEAM_SIDE, width=SEAM_SIDE, resolution_m=metres)
    figures = []
    for part in (
        speed_figures(image, card, rounds=options.rounds, workers=workers),
        classify_figures(image, rounds=options.rounds, workers=workers),
        embed_figures(image, rounds=options.rounds, workers=workers),
        detect_figures(image, rounds=options.rounds, workers=workers),
        prompt_figures(image, rounds=options.rounds),
        teach_figures(image, rounds=options.rounds),
        memory_figures(scene, width=options.width, short=options.short),
        trace_figures(rounds=options.rounds, short=options.short),
        seam_figures(small, card),
        [Figure("loading the plugin", plugin_load_milliseconds(), "ms", 50)],
    ):
        for figure in part:
            figures.append(figure)
            print(f"bench: {figure.name}: {figure.value:.4g} {figure.unit}", flush=True)
    words = {"machine": platform.processor() or platform.machine(), "workers": workers, **size}
    rows = [{**asdict(figure), "verdict": figure.verdict} for figure in figures]
    report = FOLDER / "bench.json"
    report.write_text(json.dumps({**words, "figures": rows}, indent=2), encoding="utf-8")
    print()
    print_table(figures)
    print(f"\nwritten: {report.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
