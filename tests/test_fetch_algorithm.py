# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fetchmodel`, as scripts use it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networks
import pytest
from file_server import FileServer, serving
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
)

from geosift.inference.cards.catalog import Catalog
from geosift.plugin import settings
from geosift.plugin.model_news import NEWS

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    networks.smooth(folder, tile=64, halo=16, ring=8, fade=8)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    entries = [
        {"name": name, "url": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    ]
    model = {"id": "roofs", "name": "Roofs", "kind": "segmentation", "licence": "MIT"}
    listed = {"schema": 1, "models": [{**model, "files": entries}]}
    with serving({**files, "list.json": json.dumps(listed).encode()}) as made:
        yield made


def run(**parameters: Any) -> dict[str, Any]:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geosift:fetchmodel")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    fine, complaint = algorithm.checkParameterValues(parameters, context)
    assert fine, complaint
    results, fine = algorithm.run(parameters, context, feedback, catchExceptions=False)
    assert fine
    return results


def test_what_it_answers_is_what_other_algorithms_take(server: FileServer, own: Path) -> None:
    heard: list[bool] = []
    slot = lambda: heard.append(True)  # noqa: E731 (to be disconnected again)
    NEWS.changed.connect(slot)
    results = run(MODEL="roofs", LIST=server.url("list.json"))
    NEWS.changed.disconnect(slot)
    assert results == {"ID": "smooth", "FILE": str(own / "roofs" / "smooth.onnx")}
    catalog = Catalog(own)
    assert catalog.find(results["ID"]) == catalog.find(results["FILE"])
    assert heard == [True], "open lists of models follow"


def test_what_is_there_is_not_fetched_again(server: FileServer, own: Path) -> None:
    """As when a script runs every night."""
    first = run(MODEL="roofs", LIST=server.url("list.json"))
    asked = len(server.asked)
    assert run(MODEL="roofs", LIST=server.url("list.json")) == first
    assert [path for path, _ in server.asked[asked:]] == ["list.json"]


def test_another_version_does_not_replace_the_one_that_is_there(
    server: FileServer, own: Path
) -> None:
    run(MODEL="roofs", LIST=server.url("list.json"))
    (own / "roofs" / "smooth.json").write_text("{}")
    with pytest.raises(QgsProcessingException, match="remove it first"):
        run(MODEL="roofs", LIST=server.url("list.json"))
    assert (own / "roofs" / "smooth.json").read_text() == "{}"


def test_the_list_of_the_settings_counts(server: FileServer, own: Path) -> None:
    settings.set_registry_place(server.url("list.json"))
    assert run(MODEL="roofs")["ID"] == "smooth"


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"MODEL": "trees"}, "no model 'trees'; it has: roofs"),
        ({"MODEL": "roofs", "LIST": "http://no-such-host.invalid/list.json"}, "cannot be reached"),
        ({"MODEL": "roofs", "LIST": "ftp://x/list.json"}, "no address"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    parameters: dict[str, str], says: str, server: FileServer, own: Path
) -> None:
    with pytest.raises(QgsProcessingException, match=says):
        run(**{"LIST": server.url("list.json"), **parameters})
    assert not own.exists()


def test_from_the_command_line_without_a_window(
    server: FileServer, qgis_process: list[str]
) -> None:
    """In a profile of its own, whose folder of models does not exist yet."""
    done = subprocess.run(
        [*qgis_process, "--json", "run", "geosift:fetchmodel", "--", "MODEL=roofs",
         f"LIST={server.url('list.json')}"],
        capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    results = json.loads(done.stdout)["results"]
    assert results["ID"] == "smooth"
    assert Path(results["FILE"]).read_bytes() == server.files["smooth.onnx"]
