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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from classify_speed import Classification, classifier
from detect_speed import Detecting
from embed_speed import EVERYWHERE, TENTH, Embedding, embedder, made_index, query
from processes import ROOT, engine_command, peak_megabytes, plugin_load_milliseconds, qgis_command
from prompt_speed import PROMPTS, pointing
from scene import alone_in, make_scene, repeat
from seams import measure_seams
from speed import (
    network_alone,
    one_at_a_time,
    our_tiles,
    peers_tiles,
    read_tiles,
    timed,
    whole_run,
)
from traces_speed import SIDE, follow, follow_command, make_fractures, read_alone
from twin import float_twin

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.network.session import Session

FOLDER = ROOT / "build" / "bench"
SEAM_SIDE = 2048
WIDE = 100_000


@dataclass(frozen=True)
class Figure:
    """One line of the table; `limit` is the bound it should keep, with its direction."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_most: bool = True

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        kept = self.value <= self.limit if self.at_most else self.value >= self.limit
        return "ok" if kept else "MISSED"


def speed_figures(image: Path, card: ModelCard, *, rounds: int, workers: int) -> Iterator[Figure]:
    """The least seconds of each way, taken turn about so that a busy moment hits all alike."""
    twin = float_twin(card, FOLDER / "float")
    out, in_turn = FOLDER / "classes.tif", FOLDER / "in_turn.tif"
    tiles, float_tiles = read_tiles(image, card), read_tiles(image, twin)
    session, float_session = Session(card, callers=workers), Session(twin, callers=workers)
    ways = {
        "run": lambda: whole_run(image, card, out, workers=workers),
        "network": lambda: network_alone(tiles, session, workers=workers),
        "float run": lambda: whole_run(image, twin, out, workers=workers),
        "float network": lambda: network_alone(float_tiles, float_session, workers=workers),
        "float in turn": lambda: one_at_a_time(image, twin, in_turn, cut=peers_tiles),
        "float in turn, our tiles": lambda: one_at_a_time(image, twin, in_turn, cut=our_tiles),
    }
    seconds = {name: [timed(way) for _ in range(1)] for name, way in ways.items()}
    for _ in range(rounds - 1):
        for name, way in ways.items():
            seconds[name].append(timed(way))
    least = {name: min(values) for name, values in seconds.items()}
    wanted = tiles.plan.answer.height * tiles.plan.answer.width
    speed, alone = wanted / least["run"], tiles.pixels / least["network"]
    for name, value in least.items():
        yield Figure(f"{name}, seconds", value, "s")
    yield Figure("whole run / its network alone", least["run"] / least["network"], "x", 1.08)
    for way, words in (
        ("float in turn", "gain over tiles of 512 in turn, as the peer does, float"),
        ("float in turn, our tiles", "gain over our own tiles in turn, float"),
    ):
        yield Figure(words, least[way] / least["float run"], "x", 1.25, at_most=False)
    yield Figure("output pixels a second", speed / 1e6, "MPix/s")
    yield Figure("output pixels / network pixels a second", speed / alone, "x", 0.60, at_most=False)


def classify_figures(image: Path, *, rounds: int, workers: int) -> Iterator[Figure]:
    """Tiles a second of a whole classification and of its network alone, turn about."""
    work = Classification(classifier(FOLDER), image, FOLDER, workers)
    tiles = work.whole_run()
    alone = work.network_alone(tiles)
    seconds = [(timed(work.whole_run), timed(alone)) for _ in range(rounds)]
    whole, network = (min(each) for each in zip(*seconds))
    yield Figure(f"classify, {work.card.id}", tiles / whole, "tiles/s")
    yield Figure("its network alone at batch 64", tiles / network, "tiles/s")
    yield Figure("classify / network alone at batch 64", network / whole, "x", 0.85, at_most=False)


def embed_figures(image: Path, *, rounds: int, workers: int) -> Iterator[Figure]:
    """Patches a second of a whole embedding and of its network alone, turn about; and queries."""
    work = Embedding(embedder(FOLDER), image, FOLDER, workers)
    patches = work.whole_run()
    alone = work.network_alone(patches)
    seconds = [(timed(work.whole_run), timed(alone)) for _ in range(rounds)]
    whole, network = (min(each) for each in zip(*seconds))
    yield Figure(f"embed, {work.card.id}", patches / whole, "patches/s")
    yield Figure("embed / network alone at batch 64", network / whole, "x", 0.85, at_most=False)
    index = made_index(FOLDER / "million")
    ways = query(index, EVERYWHERE), query(index, TENTH)
    seconds = [tuple(timed(way) for way in ways) for _ in range(3 * rounds)]
    everywhere, tenth = (min(each) for each in zip(*seconds))
    yield Figure("a query over a million vectors of 128, exact", 1000 * everywhere, "ms", 100)
    words = "the same in a tenth of the area / everywhere"
    yield Figure(words, tenth / everywhere, "x", 1.0)


def detect_figures(image: Path, *, rounds: int, workers: int) -> Iterator[Figure]:
    """A whole detection in tiles of 512 at 15 % overlap, and the same tiles in turn, turn about."""
    work = Detecting.of(image, FOLDER, workers)
    result = work.whole_run()
    seconds = [(timed(work.whole_run), timed(work.one_at_a_time)) for _ in range(rounds)]
    whole, in_turn = (min(each) for each in zip(*seconds))
    yield Figure("detect, seconds", whole, "s")
    yield Figure("detect in turn, seconds", in_turn, "s")
    words = "gain over tiles of 512 in turn, detection, merging included"
    yield Figure(words, in_turn / whole, "x", 1.25, at_most=False)
    yield Figure("objects of the made detector", result.objects, "")
    merging = result.timings["merge"] / result.timings["network"]
    yield Figure("merging / network, seconds of threads", merging, "x")


def prompt_figures(image: Path, *, rounds: int) -> Iterator[Figure]:
    """Pointing at a view of 1024 x 1024 pixels: least times, taken turn about."""
    with pointing(image, Catalog().find("prompt")) as place:
        cutter = place.encode()
        ways = {
            "encode": place.encode,
            "click": lambda: place.click(cutter),
            "hover": lambda: place.hover(cutter),
            "decode": lambda: place.decode(cutter),
            "bulk": place.bulk,
        }
        seconds = [{name: timed(way) for name, way in ways.items()} for _ in range(rounds)]
        least = {name: min(each[name] for each in seconds) for name in ways}
        count = len(place.prompts)
    click, hover, decode = (1000 * least[name] / count for name in ("click", "hover", "decode"))
    yield Figure("pointing: encoding a view, all levels", 1000 * least["encode"], "ms", 400)
    yield Figure("pointing: a click, three masks and their outlines", click, "ms", 60)
    yield Figure("a click / its decoder alone, once", click / decode, "x")
    yield Figure("pointing: following the pointer", 1000 / hover, "a s", 15, at_most=False)
    rate = PROMPTS / least["bulk"]
    yield Figure("pointing: boxes in one view, encoding too", rate, "a s", 20, at_most=False)


def memory_figures(image: Path, *, width: int, short: bool) -> Iterator[Figure]:
    out = FOLDER / "classes.tif"
    once = peak_megabytes(engine_command(image, out))
    yield Figure("peak memory, engine", once, "MB", 700)
    yield Figure("peak memory, qgis_process", peak_megabytes(qgis_command(image, out)), "MB")
    if short:
        return
    larger = repeat(image, FOLDER / "sixteen.vrt", down=4, across=4)
    grown = peak_megabytes(engine_command(larger, out))
    yield Figure("peak memory, 16 times larger", grown, "MB", 1.1 * once)
    wide = repeat(image, FOLDER / "wide.vrt", down=1, across=-(-WIDE // width), height=1500)
    yield Figure(
        f"peak memory, {WIDE:,} wide", peak_megabytes(engine_command(wide, out)), "MB", 700
    )


def trace_figures(*, rounds: int, short: bool) -> Iterator[Figure]:
    """From 100 megapixels of fractures to their graph, and reading them alone, turn about."""
    raster = make_fractures(FOLDER / "fractures.tif")
    seconds = [
        (timed(lambda: follow(raster)), timed(lambda: read_alone(raster))) for _ in range(rounds)
    ]
    whole, reading = (min(each) for each in zip(*seconds))
    yield Figure("fractures to their graph, each megapixel", 1000 * whole / (SIDE**2 / 1e6), "ms")
    yield Figure("the same / reading the raster alone", whole / reading, "x")
    once = peak_megabytes(follow_command(raster))
    yield Figure("the same, peak memory", once, "MB")
    if short:
        return
    larger = repeat(raster, FOLDER / "fractures_sixteen.vrt", down=4, across=4)
    grown = peak_megabytes(follow_command(larger))
    yield Figure("the same, 16 times larger with 16 times the fractures", grown, "MB")
    sparse = alone_in(raster, FOLDER / "fractures_alone.vrt", times=4)
    grown = peak_megabytes(follow_command(sparse))
    yield Figure("the same, 16 times larger with no more fractures", grown, "MB", 1.25 * once)


def seam_figures(image: Path, card: ModelCard) -> Iterator[Figure]:
    for seams in measure_seams(image, card, FOLDER):
        words = f"{seams.tiles} tiles of {seams.tile}"
        yield Figure(f"differs from one shot, {words}", 100 * seams.differing, "%", 0.10)
        yield Figure(f"network pixels per pixel, {words}", seams.computed, "x", 1.5)


def print_table(figures: list[Figure]) -> None:
    wide = max(len(figure.name) for figure in figures)
    for figure in figures:
        bound = ""
        if figure.limit is not None:
            bound = f"{'<=' if figure.at_most else '>='} {figure.limit:.4g}"
        value = f"{figure.value:.4g}"
        print(f"{figure.name:<{wide}}  {value:>8} {figure.unit:<7}{bound:<11}{figure.verdict}")


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
