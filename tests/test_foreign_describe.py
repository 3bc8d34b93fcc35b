# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference describe`: what is understood, what must be said, the card."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_networks import save

from geosift.inference.__main__ import main
from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog

_PLANES = {"o": ("n", 3, 512, 512)}


def test_what_the_file_says_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"model_type": '"Segmentor"', "class_names": '{"0": "a", "1": "b", "2": "c"}'}
    assert main(["describe", str(save(tmp_path, "net", _PLANES, metadata=told))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "kind: segmentation" in lines
    assert "described by: Deepness metadata" in lines
    assert "classes: a, b, c" in lines
    assert "tiles: 512 x 512 pixels exactly, overlapping by 76" in lines
    assert "resolution: 0.03 m per pixel" in lines


def test_what_must_be_said_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", str(save(tmp_path, "net", _PLANES))]) == 1
    out = capsys.readouterr().out
    assert "net.onnx says nothing of what its numbers mean" in out
    assert "It takes 3 bands of 512 x 512 pixels as float32, any number at a time." in out
    assert "of the kind segmentation or superresolution or regression" in out
    assert "  --classes class 0,class 1,class 2" in out
    assert "--tile" not in out.split("what of these differs")[1], "the file says it"


def test_what_is_said_is_written_and_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path, "net", _PLANES, image=("n", 3, "h", "w"))
    words = ["--kind", "segmentation", "--classes", "land,road,water", "--resolution", "0.5"]
    scaling = ["--mean", "1,2,3", "--std", "4,5,6", "--bands", "nir,red,green"]
    assert main(["describe", str(path), *words, *scaling, "--write"]) == 0
    card = ModelCard.load(tmp_path / "net.json")
    assert [info.name for info in card.classes] == ["land", "road", "water"]
    assert (card.resolution_m, card.mean, card.std) == (0.5, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    assert card.bands == ("nir", "red", "green")
    assert Catalog().find(path) == card
    assert Catalog(tmp_path).find("net") == card
    assert f"written: {tmp_path / 'net.json'}" in capsys.readouterr().out
    assert main(["describe", str(path), *words, "--write"]) == 1
    assert "is there already; remove it first" in capsys.readouterr().err


def test_a_full_disk_leaves_no_half_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a card would be taken for the network's own, which then could not be run at all."""
    path = save(tmp_path, "net", _PLANES, metadata={"model_type": '"Segmentor"'})

    def half(file: Path, text: str, **_options: str) -> None:
        file.write_bytes(text[:20].encode())
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", half)
        assert main(["describe", str(path), "--write"]) == 1
    assert "No space left" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["net.onnx"]
    assert main(["describe", str(path), "--write"]) == 0


def test_metadata_without_a_kind_tells_the_rest(tmp_path: Path) -> None:
    path = save(tmp_path, "net", _PLANES, metadata={"resolution": "25", "tiles_overlap": "20"})
    assert main(["describe", str(path), "--kind", "segmentation", "--write"]) == 0
    card = ModelCard.load(tmp_path / "net.json")
    assert (card.resolution_m, card.blend.halo, card.median) == (0.25, 51, 9)


def test_a_kind_that_the_file_cannot_be_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path, "net", {"o": ("n", 3, 1024, 1024)})
    assert main(["describe", str(path), "--kind", "segmentation", "--write"]) == 1
    assert "choose the kind superresolution" in capsys.readouterr().err
    assert not (tmp_path / "net.json").exists()


@pytest.mark.parametrize("words", [["--mean", "a,b"], ["--kind", "prompt"], ["--scaling", "2"]])
def test_an_option_that_is_none_is_refused(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["describe", str(save(tmp_path, "net", _PLANES)), *words])
