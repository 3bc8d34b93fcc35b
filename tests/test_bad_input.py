# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input is one clear sentence, exit code 1, and nothing left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bad_cases import BAD, BAD_MASKS, prepared
from running import as_arguments, content, is_one_sentence, outputs_in, python

from geosift.inference import errors
from geosift.inference.cards.catalog import Catalog
from geosift.inference.segmentation.run import SegmentJob, run

_LEAVES = (errors.InputError, errors.CardError, errors.ModelError, errors.OutputError)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(case, source, card, tmp_path: Path) -> None:
    options, out = prepared(case, source, card, tmp_path)
    before = source.read_bytes()
    with pytest.raises(_LEAVES) as caught:
        options["card"] = Catalog().find(options["card"])
        run(SegmentJob(**{**options, "source": str(options["source"])}))
    message = str(caught.value)
    assert BAD[case][1] in message
    assert is_one_sentence(message), message
    assert content(out) == {}
    assert source.read_bytes() == before


@pytest.mark.parametrize("case", BAD_MASKS)
def test_a_bad_mask_is_one_sentence_and_leaves_nothing(case, source, card, tmp_path: Path) -> None:
    mask, says = BAD_MASKS[case]
    with pytest.raises(errors.InputError) as caught:
        run(SegmentJob(source=str(source), card=card, mask=mask, **outputs_in(tmp_path)))
    assert says in str(caught.value)
    assert is_one_sentence(str(caught.value))
    assert content(tmp_path) == {}


@pytest.fixture(scope="module")
def command_lines(source, card, tmp_path_factory, plain_environment) -> dict[str, tuple]:
    """Every bad case through the command line, all in one process of their own: exit code, what
    was printed, what was complained, and the folder of the outputs.
    """
    jobs = {case: prepared(case, source, card, tmp_path_factory.mktemp("case")) for case in BAD}
    requests = [as_arguments(options) for options, _ in jobs.values()]
    process = python(plain_environment, str(Path(__file__).with_name("command_lines.py")))
    printed, complaint = process.communicate(json.dumps(requests), timeout=200)
    assert process.returncode == 0, complaint
    ended = json.loads(printed)
    return {case: (*end, out) for (case, (_, out)), end in zip(jobs.items(), ended)}


@pytest.mark.parametrize("case", BAD)
def test_the_command_line_ends_with_one_and_the_sentence(case: str, command_lines) -> None:
    code, printed, complaint, out = command_lines[case]
    assert code == 1
    assert printed == ""
    assert BAD[case][1] in complaint
    assert complaint.startswith("geosift: ")
    assert is_one_sentence(complaint[:-1]), complaint
    assert complaint.endswith("\n")
    assert content(out) == {}
