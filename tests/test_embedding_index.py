# SPDX-License-Identifier: GPL-2.0-or-later
"""The index on disk: killed anywhere, cancelled anywhere, in any order, in eight bits."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
from embedded import content, embed, features
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import patches, write
from running import is_one_sentence

from geosift.inference.classification import cell_plan
from geosift.inference.embedding import keeping
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_info import IndexedSource, IndexInfo, Making
from geosift.inference.embedding.lock import locked
from geosift.inference.embedding.quantise import quantised
from geosift.inference.embedding.source_file import SourceFile
from geosift.inference.errors import Cancelled, GeoSiftError, InputError, OutputError
from geosift.inference.tiles import sheets

DYING = str(Path(__file__).with_name("dying_embed.py"))


@pytest.fixture
def tall(tmp_path: Path) -> list[Path]:
    """Two rasters that are read in several strips."""
    return [
        write(tmp_path / "one.tif", np.maximum(patches(3, 600, 90, seed=1), 1)),
        write(tmp_path / "two.tif", np.maximum(patches(3, 300, 70, seed=2), 1)),
    ]


def _require_whole(folder: Path) -> None:
    """The files say the same, and nothing else lies about."""
    index = Index.open(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.json", "index.lock", "patches.gpkg", "places.bin", "vectors.i8",
    ]  # fmt: skip
    rows = index.info.rows
    assert index.files.vectors.stat().st_size == rows * index.making.dimension
    assert index.files.places.stat().st_size == rows * index.places.dtype.itemsize
    told = features(index.files.layer)
    assert [row["fid"] for row in told] == list(range(1, rows + 1))
    for row, place in zip(told, index.places.tolist()):
        *box, source, down, across, _ = place
        known = index.info.sources[source]
        assert (row["source"], row["row"], row["col"]) == (known.file.path, down, across)
        np.testing.assert_allclose(row["box"], box, atol=1e-12)
    for number, known in enumerate(index.info.sources):
        for start, stop in known.ranges:
            assert (index.places["source"][start:stop] == number).all()
    with sqlite3.connect(index.files.layer) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM rtree_patches_geom").fetchone() == (rows,)
        made = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        assert database.execute(made).fetchone() == (6,)


def _killed(request: dict, folder: Path, environment: dict[str, str]) -> bool:
    """Whether the run was killed before it came to its end."""
    ended = subprocess.run(
        [sys.executable, DYING, json.dumps({**request, "index": str(folder)})],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


@pytest.mark.timeout(600)
def test_killed_anywhere_it_goes_on_where_it_was(
    tmp_path: Path, tall: list[Path], plain_environment: dict[str, str]
) -> None:
    """Again and again, each time a little later, until it is whole: as without a kill."""
    card = made.mean_colour(tmp_path)
    made.described(card)
    embed(tmp_path / "calm", card, *tall)
    request = {
        "rasters": [str(path) for path in tall],
        "card": str(card.path.with_suffix(".json")),
    }
    kills, seen = 0, set()
    while _killed({**request, "die_at": 7 + 4 * kills}, tmp_path / "index", plain_environment):
        kills += 1
        if (tmp_path / "index/index.json").exists():
            index = Index.open(tmp_path / "index")  # readable at any moment
            seen.add(index.info.rows)
            assert content(tmp_path / "index").items() <= content(tmp_path / "calm").items()
    assert kills > 3
    assert len(seen) > 2, "no kill came in the middle"
    assert content(tmp_path / "index") == content(tmp_path / "calm")
    _require_whole(tmp_path / "index")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("die_at", [1, 4, 6, 8, 10])
def test_killed_while_dropping_it_is_before_or_after(
    die_at: int, tmp_path: Path, tall: list[Path], plain_environment: dict[str, str]
) -> None:
    card = made.mean_colour(tmp_path)
    made.described(card)
    embed(tmp_path / "index", card, *tall)
    whole = content(tmp_path / "index")
    part = {key: value for key, value in whole.items() if key[0] == "two.tif"}
    request = {
        "rasters": [], "drop": [str(tall[0])], "card": str(card.path.with_suffix(".json")),
    }  # fmt: skip
    assert _killed({**request, "die_at": die_at}, tmp_path / "index", plain_environment)
    assert content(tmp_path / "index") in (whole, part)
    embed(tmp_path / "index", card, drop=(str(tall[0]),))
    assert content(tmp_path / "index") == part
    _require_whole(tmp_path / "index")


@settings(thorough, max_examples=8)
@given(
    stops=st.lists(st.integers(1, 12), max_size=4),
    block=st.sampled_from([48, 8192]),
    orders=st.permutations([0, 1]),
)
def test_cancelled_anywhere_and_in_any_order_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, stops, block, orders
) -> None:
    folder = tmp_path_factory.mktemp("case")
    rasters = [
        write(folder / "one.tif", np.maximum(patches(3, 130, 100, seed=1), 1)),
        write(folder / "two.tif", np.maximum(patches(3, 90, 60, seed=2), 1)),
    ]
    card = made.mean_colour(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_plan, "BLOCK_WIDTH", block)
        patch.setattr(sheets, "ROWS_READ", 40)
        embed(folder / "calm", card, *rasters)
        patch.setattr(keeping, "_EVERY_S", 0.0)
        for stop in stops:
            left = iter(range(stop - 1, -1, -1))
            try:
                embed(
                    folder / "index", card, *(rasters[n] for n in orders),
                    cancelled=lambda left=left: next(left, 0) == 0,
                )  # fmt: skip
            except Cancelled as told:
                assert "stays in the index" in str(told)
            assert content(folder / "index").items() <= content(folder / "calm").items()
        embed(folder / "index", card, *rasters)
    assert content(folder / "index") == content(folder / "calm")
    _require_whole(folder / "index")


def test_two_runs_at_once_are_told_apart(tmp_path: Path, tall: list[Path]) -> None:
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "index", card, tall[0])
    before = content(tmp_path / "index")
    with locked(tmp_path / "index"), pytest.raises(OutputError, match="another run") as told:
        embed(tmp_path / "index", card, tall[1])
    assert is_one_sentence(str(told.value))
    assert content(tmp_path / "index") == before
    embed(tmp_path / "index", card, tall[1])


def test_what_a_user_deletes_in_the_layer_stays_deleted(tmp_path: Path, tall: list[Path]) -> None:
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "index", card, tall[0])
    layer = tmp_path / "index/patches.gpkg"
    with sqlite3.connect(layer) as database:
        database.execute("DELETE FROM patches WHERE fid IN (2, 5)")
    embed(tmp_path / "index", card, tall[1])
    embed(tmp_path / "index", card, drop=(str(tall[1]),))
    gone = {row["fid"] for row in features(layer)}
    assert gone == set(range(1, Index.open(tmp_path / "index").info.rows + 1)) - {2, 5}


def test_a_damaged_index_is_told(tmp_path: Path, tall: list[Path]) -> None:
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "index", card, tall[1])
    files = Index.open(tmp_path / "index").files
    whole = {path: path.read_bytes() for path in (files.info, files.vectors, files.places)}
    text = whole[files.info].decode()
    for path, bad, says in (
        (files.vectors, whole[files.vectors][:-1], "damaged"),
        (files.places, b"", "damaged"),
        (files.info, b"{", "no description of an index"),
        (files.info, b"\xff\xfe", "no index"),
        (files.info, text.replace('"version": 1', '"version": 2').encode(), "version 2"),
        (files.info, text.replace('"rows": ', '"rows": 1').encode(), "do not fit together"),
        (files.info, text.replace('"dimension": 3', '"dimension": -3').encode(), "do not fit"),
    ):
        path.write_bytes(bad)
        for use in (lambda: Index.open(tmp_path / "index"),
                    lambda: embed(tmp_path / "index", card, tall[0])):  # fmt: skip
            with pytest.raises(GeoSiftError, match=says) as told:
                use()
            assert is_one_sentence(str(told.value))
        path.write_bytes(whole[path])
    with pytest.raises(InputError, match="no index"):
        Index.open(tmp_path / "nowhere")
    assert len(content(tmp_path / "index")) > 0


_texts = st.text(max_size=9)
_numbers = st.integers(0, 10**9)


@st.composite
def _infos(draw: st.DrawFn) -> IndexInfo:
    sources, rows = [], 0
    for _ in range(draw(st.integers(0, 3))):
        file = SourceFile(draw(_texts), draw(_numbers), draw(st.floats(0, 1e10)), draw(_texts))
        known = IndexedSource(
            file, draw(_texts), draw(_texts), draw(_numbers), draw(_numbers),
            tuple(draw(st.lists(_numbers, max_size=3))), area=draw(_texts),
        )  # fmt: skip
        by = draw(st.integers(0, 5))
        rows += by
        sources.append(known.grown(rows, by, draw(st.none() | st.tuples(_numbers, _numbers))))
    sizes = [draw(st.integers(1, 512)) for _ in range(3)]
    making = Making(draw(_texts), draw(_texts), *sizes, draw(st.none() | st.floats(0.01, 99)), "")
    return IndexInfo(making, rows, tuple(sources), draw(st.booleans()))


@quick
@given(info=_infos())
def test_what_an_index_says_of_itself_comes_back(info: IndexInfo) -> None:
    assert IndexInfo.from_json(info.to_json(), name="it") == info


@quick
@given(
    dimension=st.sampled_from([1, 3, 64, 128]),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-30, 1e-3, 1.0, 1e12]),
)
def test_eight_bits_lose_little(dimension: int, seed: int, scale: float) -> None:
    """Whatever the length of a vector was, its direction stays; and one without has cosine 0."""
    vectors = np.random.default_rng(seed).normal(size=(20, dimension)) * scale
    vectors[3] = 0.0
    vectors[4] = np.nan
    whole, lengths = quantised(vectors)
    assert not whole[3:5].any()
    np.testing.assert_allclose(lengths, np.maximum(np.linalg.norm(whole.astype(float), axis=1), 1))
    kept = [n for n in range(20) if n not in (3, 4)]
    true = vectors[kept] / np.linalg.norm(vectors[kept], axis=1, keepdims=True)
    found = whole[kept] / lengths[kept, None]
    assert ((found * true).sum(axis=1) > 1 - 2e-4).all()
    assert np.abs(found @ found.T - true @ true.T).max() < 0.012


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, tall: list[Path]) -> None:
    with pytest.raises(OutputError, match="cannot be written") as told:
        embed(tmp_path / "no" / "such", made.mean_colour(tmp_path), tall[0])
    assert is_one_sentence(str(told.value))
