# SPDX-License-Identifier: GPL-2.0-or-later
"""Which two files are meant: by a folder, by one of them, or by both paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ...errors import CardError, ModelError
from ...foreign.facts import ValueFacts
from ...foreign.proto import read
from .contract import bind
from .spelling import EMBEDDING, encoded, is_decoder, is_encoder

SEPARATOR = ";"
"""Between the paths of two files."""
_PARTS = {"encoder", "decoder", "enc", "dec", "image", "mask", "prompt", "onnx"}
"""Words in the names of files that say which of the two it is."""


@dataclass(frozen=True)
class PairFiles:
    """Where encoder and decoder are."""

    encoder: Path
    decoder: Path

    @property
    def name(self) -> str:
        """What both are called, but for the part they are; else the folder's name."""
        return " ".join(_words(self.encoder)) or self.encoder.resolve().parent.name


@dataclass(frozen=True)
class Taken:
    """What a file takes and gives."""

    inputs: tuple[ValueFacts, ...]
    outputs: tuple[ValueFacts, ...]


def taken(path: Path) -> Taken:
    """What a file takes and gives, read once as long as its size and time stay; ModelError."""
    try:
        found = path.stat()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}); check its permissions.") from error
    return _taken(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1024)
def _taken(path: Path, _size: int, _mtime_ns: int) -> Taken:
    facts = read(path)
    return Taken(facts.inputs, facts.outputs)


def pair_files(given: str | Path) -> PairFiles | None:
    """Those of a folder, of either file with the other beside it, or of "ENCODER;DECODER".

    None for what is no part of a pair; CardError where one half is missing, where the two do not
    fit, or where nobody can tell which are meant; ModelError for a file that is no network.
    """
    parts = [Path(part.strip()) for part in str(given).split(SEPARATOR)]
    if len(parts) == 2 and all(part.suffix.lower() == ".onnx" for part in parts):
        one, other = parts
        return PairFiles(other, one) if is_decoder(taken(one)) else PairFiles(one, other)
    path = Path(given)
    if path.is_dir():
        found = dict(_readable(_networks(path)))
        return _pair(found, found, path) if any(map(is_decoder, found.values())) else None
    if path.suffix.lower() != ".onnx":
        return None
    facts = taken(path)
    if is_decoder(facts):
        return _pair(dict(_readable(_networks(path.parent))), {path: facts}, path)
    if not is_encoder(facts):
        return None
    beside = dict(_readable(_networks(path.parent)))
    decoders = {path: each for path, each in beside.items() if is_decoder(each)}
    if EMBEDDING not in encoded(facts.outputs) and not _fitting({path: facts}, decoders):
        return None  # any network with one answer may be an encoder
    return _pair({path: facts}, decoders, path)


def _pair(encoders: dict[Path, Taken], decoders: dict[Path, Taken], given: Path) -> PairFiles:
    """The only ones that fit, or the only ones of those that are called the same."""
    encoders = {path: each for path, each in encoders.items() if is_encoder(each)}
    decoders = {path: each for path, each in decoders.items() if is_decoder(each)}
    pairs = _fitting(encoders, decoders)
    alike = [each for each in pairs if _words(each.encoder) == _words(each.decoder)]
    for some in (alike, pairs):
        if len(some) == 1:
            return some[0]
    if pairs:
        told = ", ".join(f"{each.encoder.name} with {each.decoder.name}" for each in pairs[:4])
        raise CardError(
            f"{given} leaves open which encoder and decoder are meant ({told}); give both paths "
            f"with {SEPARATOR} between."
        )
    if len(encoders) == 1 == len(decoders):
        bind(*encoders.values(), *decoders.values(), called=given.name)  # tells why not
    lacking = "encoder" if decoders else "decoder"
    raise CardError(
        f"{given.name} is one half of a promptable pair, and no {lacking} that fits lies beside "
        f"it; put it there, or give both paths with {SEPARATOR} between."
    )


def _fitting(encoders: dict[Path, Taken], decoders: dict[Path, Taken]) -> list[PairFiles]:
    return [
        PairFiles(encoder, decoder)
        for encoder, seen in encoders.items()
        for decoder, asked in decoders.items()
        if _fit(seen, asked)
    ]


def _fit(encoder: Taken, decoder: Taken) -> bool:
    try:
        bind(encoder, decoder, called="")
    except CardError:
        return False
    return True


def _networks(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".onnx" and not path.name.startswith(".") and path.is_file()
    )


def _readable(paths: Iterable[Path]) -> Iterable[tuple[Path, Taken]]:
    """What those files say that say anything; the others are told where they are chosen."""
    for path in paths:
        try:
            yield path, taken(path)
        except ModelError:
            continue


def _words(path: Path) -> tuple[str, ...]:
    """The name of a file without what says which part it is."""
    words = re.split(r"[^A-Za-z0-9]+", path.stem)
    return tuple(word for word in words if word and word.lower() not in _PARTS)
