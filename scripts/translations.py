# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin says, for translators.

scripts/translations.py [LOCALE ...]
Writes build/translations/geosift.ts, the template, from every tr(...) in plugin/. Brings the
translations resources/i18n/geosift_LOCALE.ts up to date with it, begins those that are named, and
compiles each into the .qm that ships.

Not pylupdate: for it the context of a text is the class around the call, and tr() has one for all.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTEXT = "GeoSift"
TEMPLATE = ROOT / "build" / "translations" / "geosift.ts"
TRANSLATIONS = ROOT / "resources" / "i18n"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'


def tr_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call of tr() in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
            yield node


def literal(call: ast.Call) -> str | None:
    """The text a call of tr() is given, None where it is anything but one literal."""
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Constant):
        return None
    return call.args[0].value


def sentences(plugin: Path) -> dict[str, tuple[str, ...]]:
    """Every text given to tr() in a folder of modules, with the modules that say it."""
    found: dict[str, list[str]] = {}
    for module in sorted(plugin.rglob("*.py")):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        name = module.relative_to(plugin.parent).as_posix()
        for call in sorted(tr_calls(tree), key=lambda each: (each.lineno, each.col_offset)):
            text = literal(call)
            if text is None:
                raise SystemExit(f"{name}:{call.lineno}: tr() takes one literal and nothing else")
            if name not in found.setdefault(text, []):
                found[text].append(name)
    return {text: tuple(names) for text, names in found.items()}


def document(
    texts: Mapping[str, Sequence[str]], *, locale: str = "", old: Mapping[str, ET.Element]
) -> str:
    """A .ts file of these texts; `old` are the translations so far, by text.

    One whose text is gone is kept as vanished, so that a translator finds it when it comes back.
    """
    root = ET.Element("TS", version="2.1", sourcelanguage="en")
    if locale:
        root.set("language", locale)
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    for text, names in texts.items():
        translation = old.get(text, ET.Element("translation", type="unfinished"))
        if translation.get("type") == "vanished":
            translation.set("type", "unfinished")
        _add(context, text, translation, names)
    for text, translation in old.items():
        if text not in texts and translation.text:
            translation.set("type", "vanished")
            _add(context, text, translation, ())
    ET.indent(root, "    ")
    return f"{_HEAD}{ET.tostring(root, encoding='unicode')}\n"


def _add(context: ET.Element, text: str, translation: ET.Element, names: Sequence[str]) -> None:
    message = ET.SubElement(context, "message")
    for name in names:
        ET.SubElement(message, "location", filename=name)
    ET.SubElement(message, "source").text = text
    translation.tail = None
    message.append(translation)


def translated(path: Path) -> dict[str, ET.Element]:
    """The translations in a .ts file, by the text they translate; none where there is no file."""
    if not path.exists():
        return {}
    messages = ET.parse(path).getroot().iter("message")
    return {each.findtext("source") or "": each.find("translation") for each in messages}


def compile_translation(path: Path) -> Path:
    """The .qm of a .ts file, beside it."""
    program = shutil.which("lrelease")
    if program is None:
        raise SystemExit("translations: lrelease is missing: install qttools5-dev-tools")
    made = path.with_suffix(".qm")
    subprocess.run([program, "-silent", str(path), "-qm", str(made)], check=True)
    return made


def main(locales: Sequence[str]) -> None:
    wrong = [locale for locale in locales if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", locale)]
    if wrong:
        raise SystemExit(f"translations: '{wrong[0]}' is no locale such as de or pt_BR")
    texts = sentences(ROOT / "plugin")
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_text(document(texts, old={}), encoding="utf-8")
    print(f"translations: {TEMPLATE.relative_to(ROOT)}: {len(texts)} texts")
    begun = {path.stem.partition("_")[2] for path in TRANSLATIONS.glob("geosift_*.ts")}
    for locale in sorted(begun.union(locales)):
        path = TRANSLATIONS / f"geosift_{locale}.ts"
        path.parent.mkdir(exist_ok=True)
        old = translated(path)
        path.write_text(document(texts, locale=locale, old=old), encoding="utf-8")
        made = compile_translation(path)
        done = sum(text in old and old[text].get("type") is None for text in texts)
        print(f"translations: {made.relative_to(ROOT)}: {done} of {len(texts)} texts")


if __name__ == "__main__":
    main(sys.argv[1:])
