# SPDX-License-Identifier: GPL-2.0-or-later
"""What the QGIS plugin repository asks of a zip, and what GeoSift asks of its own.

scripts/package_rules.py ZIP prints one line for each rule that is broken, and ends with 1 if any
is. Needs nothing but Python.
"""

from __future__ import annotations

import configparser
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

MOST_BYTES = 25_000_000
PACKAGE = "geosift"
FORBIDDEN_FOLDERS = {"__MACOSX", ".git", "__pycache__"}
OBLIGATORY_FILES = ("__init__.py", "metadata.txt", "LICENSE")
OBLIGATORY_KEYS = (
    "name", "description", "version", "qgisMinimumVersion", "author", "email", "about", "tracker",
    "repository", "homepage", "hasProcessingProvider", "tags", "category", "icon", "license",
    "changelog",
)  # fmt: skip
FLAGS = ("experimental", "deprecated", "server")
LINKS = ("tracker", "repository", "homepage")
EXECUTABLE = re.compile(r"\.(so|dll|pyd|dylib|exe|bat|sh|whl|jar)$", re.I)
"""The repository takes no binaries; networks (.onnx) are data, as `about` has to say."""
SHIPPED = {
    "__init__.py", "metadata.txt", "LICENSE", "README.md", "CHANGELOG.md", ".secrets.baseline",
    "plugin", "inference", "resources",
}  # fmt: skip
JUNK = re.compile(r"(^|/)(tests?|training|docs|build|\.[^/]+)/|\.(orig|rej|bak|log|aux\.xml|qgs~)$")


def complaints(content: bytes) -> Iterator[str]:
    """One sentence for each rule the zip breaks."""
    if len(content) > MOST_BYTES:
        yield f"{len(content)} bytes, and the plugin repository takes at most {MOST_BYTES}"
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        yield f"it is no zip ({error})"
        return
    damaged = archive.testzip()
    if damaged:
        yield f"{damaged} is damaged"
    names = archive.namelist()
    yield from _about_names(names)
    files = {name for name in names if not name.endswith("/")}
    for file in OBLIGATORY_FILES:
        if f"{PACKAGE}/{file}" not in files:
            yield f"{PACKAGE}/{file} is missing: commit it"
    if f"{PACKAGE}/metadata.txt" in files:
        yield from _about_metadata(archive.read(f"{PACKAGE}/metadata.txt"), files)


def _about_names(names: list[str]) -> Iterator[str]:
    for name in names:
        parts = name.split("/")
        inner = "/".join(parts[1:])
        if ".." in name or name.startswith("/"):
            yield f"{name} leads out of the folder"
        elif parts[0] != PACKAGE:
            yield f"{name} is not in the one top folder {PACKAGE}"
        elif FORBIDDEN_FOLDERS & set(parts) or ".pyc" in name:
            yield f"{name} is a cache or a repository of its own"
        elif EXECUTABLE.search(name):
            yield f"{name} is a binary or a program"
        elif inner and (parts[1] not in SHIPPED or JUNK.search(inner)):
            yield f"{name} does not belong into a plugin: leave it out in .gitattributes"


def _about_metadata(content: bytes, files: set[str]) -> Iterator[str]:
    parser = configparser.ConfigParser()  # as the repository reads it: a lone % is an error
    parser.optionxform = str
    try:
        parser.read_string(content.decode("utf-8"))
        found = dict(parser.items("general"))
    except (UnicodeDecodeError, configparser.Error) as error:
        yield f"metadata.txt cannot be read ({' '.join(str(error).split())})"
        return
    missing = [key for key in OBLIGATORY_KEYS if not found.get(key, "").strip()]
    if missing:
        yield f"metadata.txt lacks {', '.join(missing)}"
        return
    yield from _about_values(found)
    if f"{PACKAGE}/{found['icon']}" not in files:
        yield f"the icon {found['icon']} is not in the zip"


def _about_values(found: dict[str, str]) -> Iterator[str]:
    for key, pattern in (
        ("version", r"\d+\.\d+\.\d+"),
        ("qgisMinimumVersion", r"\d+\.\d+(\.\d+)?"),
        ("email", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
        ("author", r"[^/]+"),
        ("hasProcessingProvider", "yes|no"),
        ("icon", r".+\.(png|jpg|svg)"),
    ):
        if not re.fullmatch(pattern, found[key]):
            yield f"metadata.txt: {key} is '{found[key]}'"
    for key in FLAGS:
        if found.get(key, "False") not in ("True", "False"):
            yield f"metadata.txt: {key} is '{found[key]}', not True or False"
    for key in LINKS:
        address = urlparse(found[key])
        if address.scheme not in ("http", "https") or "." not in address.netloc:
            yield f"metadata.txt: {key} is no address: '{found[key]}'"
    if "plugin" in found["name"].lower():
        yield "metadata.txt: a plugin's name goes without the word plugin"
    if ".onnx" not in found["about"]:
        yield "metadata.txt: about has to say that the .onnx files are data"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: package_rules.py ZIP", file=sys.stderr)
        return 2
    path = Path(arguments[0])
    content = path.read_bytes()
    found = list(complaints(content))
    for complaint in found:
        print(f"package: refused: {complaint}", file=sys.stderr)
    if not found:
        count = len(zipfile.ZipFile(path).namelist())
        print(f"package: {path}: {len(content)} bytes of at most {MOST_BYTES}, {count} entries")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
