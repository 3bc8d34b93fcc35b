# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose the pictures are, as cards tell it; a card adds its `share` of what was learnt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Origin = dict[str, Any]


def dubai(tiles: Iterable[int]) -> Origin:
    """Those tiles of Dubai."""
    return {**_DUBAI, "name": _DUBAI["name"].format(tiles=" ".join(map(str, tiles)))}


_DUBAI = {
    "name": "Semantic segmentation of aerial imagery (Dubai), tiles {tiles}",
    "licence": "CC0-1.0 as quoted from its Kaggle page",
    "citation": "Humans in the Loop and the Mohammed Bin Rashid Space Centre (MBRSC), 2020, "
    "Semantic segmentation of aerial imagery",
}
FIELDS = {
    "name": "Hand-drawn fields on NAIP pictures of the US Corn Belt, four fifths of 30",
    "licence": "MIT (labels, superlinear-ai); public domain (imagery: NAIP, USDA)",
    "citation": "superlinear-ai, fields of the US Corn Belt; USDA National Agriculture Imagery "
    "Program",
}
BANEPA = {
    "name": "Roofs on drone pictures of Banepa, Nepal, 48 tiles of 512 pixels",
    "licence": "CC-BY-4.0 (imagery and outlines as published); outlines come from OpenStreetMap "
    "contributors (ODbL)",
    "citation": "Humanitarian OpenStreetMap Team, OpenAerialMap; (c) OpenStreetMap contributors",
}
EUROSAT = {
    "name": "EuroSAT (RGB), 18,900 of 27,000 tiles, stratified by class",
    "licence": "MIT; contains modified Copernicus Sentinel data",
    "citation": "Helber, Bischke, Dengel, Borth 2019, EuroSAT: A Novel Dataset and Deep Learning "
    "Benchmark for Land Use and Land Cover Classification",
}
SENTINEL = {
    "name": "Four crops of Sentinel-2 near Paris",
    "licence": "contains modified Copernicus Sentinel data",
    "citation": "Copernicus",
}
SCENES = {
    "name": "Scenes drawn by training/scene",
    "licence": "GPL-2.0-or-later",
    "citation": "GeoSift, training/scene",
}
ROCK = {
    "name": "Pictures of rock drawn by training/rock",
    "licence": "GPL-2.0-or-later",
    "citation": "GeoSift, training/rock",
}
