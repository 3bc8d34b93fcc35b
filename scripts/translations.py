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
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTEXT = "GeoSift"
TEMPLATE = ROOT / "build" / "translations" / "geosift.ts"
TRANSLATIONS = ROOT / "resources" / "i18n"
_FORMS = 2
"""What most languages have."""
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'


def tr_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call of tr() or tr_count() in a module."""
    for node in ast.walk(tree):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if named and node.func.id in ("tr", "tr_count"):
            yield node


def literal(call: ast.Call) -> str | None:
    """The text to translate of a call, None where it is given anything but literals.

    tr(text) has one; tr_count(one, many, count) two, of which the second is translated.
    """
    texts = call.args if call.func.id == "tr" else call.args[:2]
    expected = 1 if call.func.id == "tr" else 3
    plain = all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in texts)
    if len(call.args) != expected or call.keywords or not plain:
        return None
    return texts[-1].value


def counted(plugin: Path) -> frozenset[str]:
    """Those texts that have a form for each number: what is given to tr_count()."""
    trees = (ast.parse(each.read_text(encoding="utf-8")) for each in plugin.rglob("*.py"))
    calls = (call for tree in trees for call in tr_calls(tree) if call.func.id == "tr_count")
    return frozenset(filter(None, map(literal, calls)))


def sentences(plugin: Path) -> dict[str, tuple[str, ...]]:
    """Every text to translate in a folder of modules, with the modules that say it."""
    found: dict[str, list[str]] = {}
    for module in sorted(plugin.rglob("*.py")):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        name = module.relative_to(plugin.parent).as_posix()
        for call in sorted(tr_calls(tree), key=lambda each: (each.lineno, each.col_offset)):
            text = literal(call)
            if text is None:
                raise SystemExit(f"{name}:{call.lineno}: tr() takes literals and nothing else")
            if name not in found.setdefault(text, []):
                found[text].append(name)
    return {text: tuple(names) for text, names in found.items()}


def document(
    texts: Mapping[str, Sequence[str]],
    *,
    counted: Collection[str] = (),
    locale: str = "",
    old: Mapping[str, ET.Element],
) -> str:
    """A .ts file of these texts; `old` are the translations so far, by text.

    Those `counted` have a form for each number; Qt Linguist makes as many as the language has.

    One whose text is gone is kept as vanished, so that a translator finds it when it comes back.
    """
    root = ET.Element("TS", version="2.1", sourcelanguage="en")
    if locale:
        root.set("language", locale)
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    for text, names in texts.items():
        translation = old.get(text, _blank(forms=0))
        has_forms = translation.find("numerusform") is not None
        if has_forms != (text in counted):
            translation = _blank(forms=_FORMS if text in counted else 0)
        elif translation.get("type") == "vanished":
            translation.set("type", "unfinished")
        _add(context, text, translation, names)
    for text, translation in old.items():
        if text not in texts and "".join(translation.itertext()).strip():
            translation.set("type", "vanished")
            _add(context, text, translation, ())
    ET.indent(root, "    ")
    return f"{_HEAD}{ET.tostring(root, encoding='unicode')}\n"


def _blank(*, forms: int) -> ET.Element:
    """No translation yet."""
    translation = ET.Element("translation", type="unfinished")
    for _ in range(forms):
        ET.SubElement(translation, "numerusform")
    return translation


def _add(context: ET.Element, text: str, translation: ET.Element, names: Sequence[str]) -> None:
    message = ET.SubElement(context, "message")
    if translation.find("numerusform") is not None:
        message.set("numerus", "yes")
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
    texts, numbers = sentences(ROOT / "plugin"), counted(ROOT / "plugin")
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_text(document(texts, counted=numbers, old={}), encoding="utf-8")
    print(f"translations: {TEMPLATE.relative_to(ROOT)}: {len(texts)} texts")
    begun = {path.stem.partition("_")[2] for path in TRANSLATIONS.glob("geosift_*.ts")}
    for locale in sorted(begun.union(locales)):
        path = TRANSLATIONS / f"geosift_{locale}.ts"
        path.parent.mkdir(exist_ok=True)
        old = translated(path)
        path.write_text(document(texts, counted=numbers, locale=locale, old=old), encoding="utf-8")
        made = compile_translation(path)
        done = sum(text in old and old[text].get("type") is None for text in texts)
        print(f"translations: {made.relative_to(ROOT)}: {done} of {len(texts)} texts")


if __name__ == "__main__":
    main(sys.argv[1:])
