# SPDX-License-Identifier: GPL-2.0-or-later
"""A pair given as a folder, as either file, or as both; its card; the same on the command line."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import made_pairs
import networks
import numpy as np
import pytest
from affine import Affine
from made_rasters import write
from prompt_scenes import scene

from geosift.inference.__main__ import main
from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import CardError, GeoSiftError, ModelError
from geosift.inference.prompt.pairs.card import card_of_pair
from geosift.inference.prompt.pairs.finding import PairFiles, pair_files
from geosift.inference.raster.window import Window

HOUSE, ROOF = Window(20, 24, 24, 16), Window(88, 100, 20, 28)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PairFiles:
    folder = tmp_path_factory.mktemp("models") / "Mobile SAM"
    return PairFiles(*made_pairs.make(folder, made_pairs.SAM, name="mobile_sam"))


def test_a_folder_or_either_file_or_both_are_the_same_pair(made: PairFiles) -> None:
    ways = (
        made.encoder.parent, str(made.encoder.parent), made.encoder, str(made.decoder),
        f"{made.encoder};{made.decoder}", f"{made.decoder} ; {made.encoder}",
    )  # fmt: skip
    assert [pair_files(way) for way in ways] == [made] * len(ways)
    cards = [Catalog().find(way) for way in ways]
    assert all(card == cards[0] for card in cards)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("mobile_sam.encoder", "mobile_sam.decoder"), "mobile sam"),
        (("edge_sam_3x_encoder", "edge_sam_3x_decoder"), "edge sam 3x"),
        (("sam2_hiera_tiny.encoder", "sam2_hiera_tiny.decoder"), "sam2 hiera tiny"),
        (("image_encoder", "mask_decoder"), "My SAM"),
        (("encoder", "decoder"), "My SAM"),
        (("vit_b_enc", "other"), "vit b"),
    ],
)
def test_a_pair_has_the_name_of_its_files_or_of_its_folder(tmp_path, made, names, name) -> None:
    folder = tmp_path / "My SAM"
    folder.mkdir()
    for source, stem in zip((made.encoder, made.decoder), names):
        shutil.copy(source, folder / f"{stem}.onnx")
    card = card_of_pair(folder)
    assert card.name == f"{name} (SAM)"
    assert card.id == name.lower().replace(" ", "-")


def test_of_several_pairs_the_names_tell_which_belong_together(tmp_path: Path) -> None:
    pairs = [made_pairs.make(tmp_path, made_pairs.SAM, name=name) for name in ("one", "two")]
    for encoder, decoder in pairs:
        assert pair_files(encoder) == pair_files(decoder) == PairFiles(encoder, decoder)
    with pytest.raises(CardError, match="leaves open which encoder and decoder are meant"):
        pair_files(tmp_path)
    alone = tmp_path / "three_encoder.onnx"
    shutil.copy(pairs[0][0], alone)
    with pytest.raises(CardError, match="leaves open") as caught:
        pair_files(alone)
    assert "\n" not in str(caught.value)
    assert pair_files(f"{alone};{pairs[1][1]}") == PairFiles(alone, pairs[1][1])


def test_a_half_alone_is_one_sentence(tmp_path: Path, made: PairFiles) -> None:
    for path, lacking in ((made.encoder, "decoder"), (made.decoder, "encoder")):
        folder = tmp_path / lacking
        folder.mkdir()
        shutil.copy(path, folder)
        with pytest.raises(GeoSiftError) as caught:
            Catalog().find(folder / path.name)
        if path == made.decoder:  # an encoder whose only output has any name may be any network
            assert f"no {lacking} that fits lies beside it" in str(caught.value)
        assert "\n" not in str(caught.value)
    named = replace(made_pairs.SAM, encodes="")
    encoder, decoder = made_pairs.make(tmp_path / "named", named)
    decoder.unlink()
    with pytest.raises(CardError, match="no decoder that fits lies beside it"):
        Catalog().find(encoder)


def test_two_that_do_not_fit_are_told_why(tmp_path: Path) -> None:
    encoder, _ = made_pairs.make(tmp_path, made_pairs.SAM, name="a")
    _, decoder = made_pairs.make(tmp_path, made_pairs.SAM2, name="b")
    for path in (tmp_path / "a_decoder.onnx", tmp_path / "b_encoder.onnx"):
        path.unlink()
    for way in (tmp_path, decoder, f"{encoder};{decoder}"):
        with pytest.raises(CardError, match="'high_res_feats_0', which the encoder lacks"):
            Catalog().find(way)


def test_other_networks_beside_a_pair_are_no_part_of_it(tmp_path: Path) -> None:
    """Any network that answers with planes of its own might be an encoder, but for the shapes."""
    segmentation = networks.smooth(tmp_path)
    segmentation.path.with_suffix(".json").unlink()
    encoder, decoder = made_pairs.make(tmp_path, made_pairs.EDGE_SAM)
    assert pair_files(tmp_path) == PairFiles(encoder, decoder)
    assert pair_files(segmentation.path) is None
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    assert pair_files(decoder) == PairFiles(encoder, decoder)
    with pytest.raises(ModelError):
        pair_files(tmp_path / "broken.onnx")


def test_what_is_no_pair_at_all_is_left_to_others(tmp_path: Path) -> None:
    assert pair_files(tmp_path) is None
    assert pair_files(tmp_path / "a.json") is None
    assert pair_files("landcover") is None
    with pytest.raises(CardError, match="no promptable pair"):
        Catalog().find(tmp_path)
    with pytest.raises(GeoSiftError, match=r"missing\.onnx"):
        Catalog().find(f"{tmp_path / 'missing.onnx'};{tmp_path / 'b.onnx'}")


@pytest.mark.parametrize("contract", made_pairs.CONTRACTS)
def test_the_card_says_what_the_pair_needs(tmp_path: Path, contract: str) -> None:
    made = made_pairs.CONTRACTS[contract]
    made_pairs.make(tmp_path, made, name="pair")
    card = card_of_pair(tmp_path)
    assert card.kind == "prompt"
    assert card.bands == ("red", "green", "blue")
    assert card.classes == ()
    assert card.fixed_tile
    assert card.tile == made_pairs.SIDE
    raw = made.axes == "hwc"
    assert card.dtype == ("uint8" if raw else "float32")
    assert card.mean == pytest.approx((0, 0, 0) if raw else tuple(made_pairs.MEAN))
    assert card.origin.startswith("pair of files")
    card.verify()


def test_the_card_of_a_pair_can_be_written_and_read(tmp_path: Path, made: PairFiles) -> None:
    for path in (made.encoder, made.decoder):
        shutil.copy(path, tmp_path)
    card = card_of_pair(tmp_path)
    told = tmp_path / f"{made.encoder.stem}.json"
    told.write_text(card.to_json(), encoding="utf-8")
    assert ModelCard.load(told) == card
    assert Catalog().find(tmp_path / made.encoder.name) == card


def test_the_users_folder_lists_a_pair_once(tmp_path: Path, made: PairFiles) -> None:
    shutil.copytree(made.encoder.parent, tmp_path / "models" / "mine")
    made_pairs.make(tmp_path / "models", made_pairs.SAM2, name="tiny")
    catalog = Catalog(tmp_path / "models")
    found = [card for card in catalog.cards() if card.kind == "prompt"]
    assert {card.id for card in found} == {"prompt", "mobile-sam", "tiny"}
    assert len(found) == 3
    assert catalog.broken() == ()
    assert catalog.find("tiny").decoder.path.name == "tiny_decoder.onnx"


def _town(folder: Path) -> Path:
    image = scene(160, 208, (HOUSE, ROOF), noise=0)
    profile = {"crs": "EPSG:32633", "transform": Affine(0.5, 0, 500_000, 0, -0.5, 4_000_000)}
    return write(folder / "town.tif", image, **profile)


@pytest.mark.parametrize("contract", ["sam", "samexporter", "edge-sam", "sam2"])
def test_the_command_line_takes_a_pair(tmp_path: Path, capsys, contract: str) -> None:
    made_pairs.make(tmp_path / "pair", made_pairs.CONTRACTS[contract])
    town, out = _town(tmp_path), tmp_path / "out.gpkg"
    x, y = 500_000 + 0.5 * 32, 4_000_000 - 0.5 * 32
    box = "500049,3999957,500065,3999945"
    arguments = ["prompt", str(town), str(out), "--model", str(tmp_path / "pair")]
    assert main([*arguments, "--point", f"{x},{y}", "--box", box]) == 0
    assert "2 outlines of 2 prompts" in capsys.readouterr().out
    with sqlite3.connect(out) as table:
        rows = table.execute("SELECT area_px, predicted_iou, kind FROM out ORDER BY id").fetchall()
    assert [kind for *_, kind in rows] == ["point", "box"]
    assert [area for area, *_ in rows] == pytest.approx([HOUSE.pixels, ROOF.pixels], rel=0.08)
    np.testing.assert_allclose([iou for _, iou, _ in rows], 90, atol=0.1)


def test_the_command_line_tells_why_two_files_are_no_pair(tmp_path: Path, capsys) -> None:
    one, _ = made_pairs.make(tmp_path, made_pairs.SAM, name="a")
    _, other = made_pairs.make(tmp_path, made_pairs.SAM2, name="b")
    arguments = ["prompt", str(_town(tmp_path)), str(tmp_path / "out.gpkg"), "--point", "0,0"]
    assert main([*arguments, "--model", f"{one};{other}"]) == 1
    told = capsys.readouterr().err
    assert "is no promptable pair that GeoSift knows" in told
    assert told.count("\n") == 1
