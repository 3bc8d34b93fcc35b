# SPDX-License-Identifier: GPL-2.0-or-later
"""Large indexes, grouped with faiss: what is found beside comparing all, and when groups count."""

from __future__ import annotations

import sys
import weakref
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from repository_scripts import script
from running import is_one_sentence

from geosift.inference.embedding import grouping, search
from geosift.inference.embedding.filters import Filters
from geosift.inference.embedding.grouping import group, group_if_large
from geosift.inference.embedding.groups import outlook
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_files import IndexFiles
from geosift.inference.embedding.lock import locked
from geosift.inference.errors import Cancelled, InputError, MissingDependency, OutputError

pytest.importorskip("faiss")
made = script("bench/large_index")
ROWS, DIMENSION = 60_000, 24


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_MOST_EXACT", 500)


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("groups") / "index"
    made.make_index(folder, ROWS, DIMENSION, kinds=200)
    assert group(folder, threads=1) == 128
    return folder


def _recall(index: Index, wanted: np.ndarray | None, count: int) -> tuple[float, float]:
    """Share of the best that is found, and share of the vectors that was compared."""
    recalls, shares = [], []
    for query in made.queries(index, 30):
        found, compared = search.search(index, query, wanted, count=count, apart=False)
        true = search.best(index, query, search.scores_of(index, query, wanted), count)
        assert len(found.rows) == len(true.rows)
        assert wanted is None or wanted[found.rows].all()
        exact = index.unit_vectors(found.rows) @ query
        np.testing.assert_allclose(found.scores, exact, atol=1e-12)
        recalls.append((found.scores >= true.scores[-1] - 1e-9).mean())
        shares.append(compared / index.info.rows)
    return float(np.mean(recalls)), float(np.mean(shares))


@pytest.mark.parametrize("count", [1, 30, 100])
@pytest.mark.parametrize("share", [None, 0.5, 0.02])
def test_hardly_a_hit_is_missed(grouped: Path, count: int, share: float | None) -> None:
    """And filters hold exactly, whatever they leave."""
    index = Index.open(grouped)
    wanted = None if share is None else np.random.default_rng(5).random(ROWS) < share
    recall, compared = _recall(index, wanted, count)
    assert recall >= 0.99
    assert compared < 1.0 or share == 0.02


def test_hits_apart_are_those_of_comparing_all(grouped: Path) -> None:
    index = Index.open(grouped)
    same = []
    for query in made.queries(index, 12):
        found, _ = search.search(index, query, None, count=20, apart=True)
        every = search.best_apart(index, query, search.scores_of(index, query), 20)
        same.append(np.isin(found.rows, every.rows).mean())
    assert np.mean(same) >= 0.99


def test_groups_hold_every_vector_once(grouped: Path) -> None:
    index = Index.open(grouped)
    groups = index.groups
    assert groups is not None
    np.testing.assert_array_equal(np.sort(groups.rows), np.arange(ROWS))
    np.testing.assert_array_equal(groups.vectors, index.vectors[groups.rows])
    np.testing.assert_array_equal(groups.lengths, index.lengths[groups.rows])
    assert (groups.edges[0], groups.edges[-1]) == (0, ROWS)


@quick
@given(seed=st.integers(0, 10**6), dimension=st.integers(2, 60))
def test_the_outlook_is_the_cosine_rule_of_the_sphere(seed: int, dimension: int) -> None:
    """The score of a member is between straying right towards the query and right away from it."""
    random = np.random.default_rng(seed)
    middle, member, query = random.normal(size=(3, dimension))
    middle, member = middle / np.linalg.norm(middle), member / np.linalg.norm(member)
    if middle @ member < 0:
        member = -member
    close = np.array([middle @ member], np.float32)
    ahead, aside = outlook(query, middle[None].astype(np.float32), close)
    assert ahead[0] - aside[0] - 1e-4 <= member @ query <= ahead[0] + aside[0] + 1e-4


def _grown(folder: Path, target: Path, extra: int) -> Index:
    """A copy of an index with its groups, and some more rows of another raster."""
    index = Index.open(folder)
    files = IndexFiles(target)
    target.mkdir()
    for path in folder.iterdir():
        if path.is_dir():
            (target / path.name).symlink_to(path)
    more = Index.open(folder).vectors[:extra][:, ::-1]
    places = index.places[:extra].copy()
    places["source"] = 1
    files.vectors.write_bytes(index.vectors.tobytes() + more.tobytes())
    files.places.write_bytes(index.places.tobytes() + places.tobytes())
    source = replace(index.info.sources[0], ranges=((ROWS, ROWS + extra),))
    info = replace(index.info, rows=ROWS + extra, sources=(*index.info.sources, source))
    files.write_info(info)
    return Index.open(target)


def test_what_was_added_since_is_found_too(grouped: Path, tmp_path: Path) -> None:
    index = _grown(grouped, tmp_path / "index", 3000)
    assert index.groups is not None
    query = index.unit_vectors(np.array([ROWS + 17]))[0]
    found, compared = search.search(index, query, None, count=5, apart=False)
    assert found.scores[0] == pytest.approx(1)
    assert compared >= 3000
    recall, _ = _recall(index, None, 50)
    assert recall >= 0.99


@pytest.mark.parametrize("how", ["raster", "part", "fewer", "moved", "making"])
def test_groups_of_what_is_no_longer_there_do_not_count(
    how: str, grouped: Path, tmp_path: Path
) -> None:
    index = _grown(grouped, tmp_path / "index", 10)
    info, (first, second) = index.info, index.info.sources
    changed = {
        "raster": replace(
            info, sources=(replace(first, file=replace(first.file, path="/b.tif")), second)
        ),
        "part": replace(info, sources=(replace(first, area="a"), second)),
        "fewer": replace(info, rows=ROWS, sources=(replace(first, ranges=((10, ROWS),)), second)),
        "moved": replace(
            info,
            sources=(
                replace(first, ranges=((10, ROWS + 10),)), replace(second, ranges=((0, 10),)),
            ),
        ),
        "making": replace(info, making=replace(info.making, step=7)),
    }[how]  # fmt: skip
    index.files.write_info(replace(changed, rows=sum(each.patches for each in changed.sources)))
    now = Index.open(tmp_path / "index")
    assert now.groups is None
    query = now.unit_vectors(np.array([5]))[0]
    assert search.search(now, query, None, count=5, apart=False)[1] == now.info.rows


def test_damaged_groups_are_none(grouped: Path, tmp_path: Path) -> None:
    index = made.make_index(tmp_path / "index", 3000, DIMENSION, kinds=20)
    group(tmp_path / "index")
    assert Index.open(tmp_path / "index").groups is not None
    folder = tmp_path / "index" / "groups"
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        for bad in (b"", whole[: len(whole) // 2], b"{}"):
            path.write_bytes(bad)
            assert Index.open(tmp_path / "index").groups is None, path.name
        path.unlink()
        assert Index.open(tmp_path / "index").groups is None
        path.write_bytes(whole)
    assert index.info.rows == 3000
    assert Index.open(tmp_path / "index").groups is not None


def test_a_cancelled_grouping_leaves_what_was(tmp_path: Path) -> None:
    made.make_index(tmp_path / "index", 3000, DIMENSION, kinds=20)
    group(tmp_path / "index")
    before = Index.open(tmp_path / "index").groups

    def stop(done: float) -> None:
        if done > 0.5:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        group(tmp_path / "index", tell=stop)
    after = Index.open(tmp_path / "index").groups
    np.testing.assert_array_equal(before.rows, after.rows)
    assert not list((tmp_path / "index").glob("groups.*"))
    group(tmp_path / "index")
    assert not list((tmp_path / "index").glob("groups.*"))


def test_only_what_is_large_is_grouped_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "LARGE", 3000)
    made.make_index(tmp_path / "small", 2999, DIMENSION, kinds=20)
    made.make_index(tmp_path / "large", 3000, DIMENSION, kinds=20)
    assert not group_if_large(tmp_path / "small", tell=lambda done: None)
    assert group_if_large(tmp_path / "large", tell=lambda done: None)
    assert not group_if_large(tmp_path / "large", tell=lambda done: None)
    assert Index.open(tmp_path / "small").groups is None
    monkeypatch.setitem(sys.modules, "faiss", None)
    (tmp_path / "large/groups/groups.json").unlink()
    assert not group_if_large(tmp_path / "large", tell=lambda done: None)
    with pytest.raises(MissingDependency, match="pip install") as told:
        group(tmp_path / "large")
    assert is_one_sentence(str(told.value))


def test_old_groups_are_let_go_of_before_new_ones_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows replaces no file that is mapped."""
    made.make_index(tmp_path / "index", 3000, DIMENSION, kinds=20)
    group(tmp_path / "index")
    opened: list[weakref.ref[Index]] = []
    still: list[bool] = []

    def open_index(folder: Path) -> Index:
        index = Index.open(folder)
        opened.append(weakref.ref(index))
        return index

    monkeypatch.setattr(grouping, "LARGE", 3000)
    monkeypatch.setattr(grouping, "_GROWN", -1.0)
    monkeypatch.setattr(grouping, "Index", SimpleNamespace(open=open_index))
    monkeypatch.setattr(grouping, "group", lambda *_, **__: still.append(opened[0]() is not None))
    assert group_if_large(tmp_path / "index", tell=lambda done: None)
    assert still == [False]


def test_what_cannot_be_grouped_is_told(tmp_path: Path) -> None:
    made.make_index(tmp_path / "index", 300, DIMENSION, kinds=20)
    with locked(tmp_path / "index"), pytest.raises(OutputError, match="another run"):
        group(tmp_path / "index")
    with pytest.raises(InputError, match="is no index"):
        group(tmp_path / "nowhere")
    made.make_index(tmp_path / "one", 1, DIMENSION, kinds=20)
    assert group(tmp_path / "one") == 1


def test_a_filter_by_place_holds_in_groups(grouped: Path) -> None:
    index = Index.open(grouped)
    wanted = Filters(extent=(0, 0, 6, 6)).wanted(index)
    x, y = index.middles
    query = made.queries(index, 1)[0]
    found, _ = search.search(index, query, wanted, count=50, apart=False)
    assert (x[found.rows] <= 6).all()
    assert (y[found.rows] <= 6).all()
