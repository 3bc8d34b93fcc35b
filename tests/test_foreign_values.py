# SPDX-License-Identifier: GPL-2.0-or-later
"""Values in metadata: what exporters write is read, anything else stays a text."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.foreign.values import parsed

_TEXT = st.text(alphabet="abc'\"\\ ,:é\n", max_size=8)
_LEAF = (
    st.none() | st.booleans() | st.integers() | _TEXT
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip


def _holders(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    tables = st.dictionaries(st.integers() | _TEXT, inner, max_size=3)
    return inner | st.lists(inner, max_size=3) | st.tuples(inner, inner) | tables


@quick
@given(st.lists(_holders(_holders(_LEAF)), max_size=3))
def test_what_python_writes_is_read(value: list[Any]) -> None:
    assert parsed(repr(value)) == value


@pytest.mark.parametrize(
    "text",
    ["1" + "+1" * 100_000, "[1]" + "[0]" * 100_000, "(1)" * 100_000, "'a' 'b'", "2024-11-12"],
)
def test_what_python_would_unfold_is_no_value(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums and chains of brackets nest as deep as they are long, which Python may not survive."""

    def reached(_text: str) -> None:
        raise AssertionError("Python's parser saw it")

    monkeypatch.setattr(ast, "literal_eval", reached)
    assert parsed(text) == text
