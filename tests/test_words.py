# SPDX-License-Identifier: GPL-2.0-or-later
"""What users read goes through tr(), can be translated, and is written in sentence case."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from qgis.core import QgsSettings
from repository_scripts import script

from geosift.plugin.algorithms.segment import SegmentAlgorithm
from geosift.plugin.i18n import (
    CONTEXT,
    install_translation,
    remove_translation,
    tr,
    tr_count,
)
from geosift.plugin.plugin import GeoSiftPlugin

translations = script("translations")

SHOWN = {
    # widgets
    "QAction", "QCheckBox", "QGroupBox", "QLabel", "QPushButton", "QRadioButton", "QToolButton",
    "__init__", "addButton", "addMenu", "addRow", "addTab", "drawText", "insertItem", "setFilter",
    "setHeaderLabels", "setLabelText", "setPlaceholderText", "setPrefix", "setSpecialValueText",
    "setStatusTip", "setSuffix", "setText", "setTitle", "setToolTip", "setWhatsThis",
    "setWindowTitle", "showText", "spin", "setAccessibleName", "setAccessibleDescription",
    # dialogs and messages
    "createMessage", "critical", "getExistingDirectory", "getOpenFileName", "getSaveFileName",
    "information", "pushCritical", "pushInfo", "pushMessage", "pushSuccess", "pushWarning",
    "question", "reportError", "warning",
    # Processing
    "helped", "raster", "extent", "polygons", "setHelp",
}  # fmt: skip
"""Calls whose texts users read."""
SHOWN_FIRST = {"addItem", "say"}
"""Calls of whose texts users read the first; the others are data."""
NAME = "GeoSift"
"""The one word that is the same in every language."""
PROSE = re.compile(r"[A-Za-z]{2,}[,;:.!?)']* [('\"]?[A-Za-z]{2,}")
"""Two words beside each other."""
NOT_SHOWN = {
    "plugin/algorithms/classify.py": ("INPUT=",),
    "plugin/algorithms/detect.py": ("INPUT=",),
    "plugin/algorithms/embed.py": ("INPUTS=",),
    "plugin/algorithms/fetch_model.py": ("MODEL=",),
    "plugin/algorithms/fracture_numbers.py": ("INPUT=",),
    "plugin/algorithms/help_text.py": ("qgis_process run",),
    "plugin/algorithms/labels.py": ("INPUT=",),
    "plugin/algorithms/prompt.py": ("INPUT=",),
    "plugin/algorithms/publish_index.py": ("INDEX=",),
    "plugin/algorithms/recognise.py": ("INPUT=",),
    "plugin/algorithms/regress.py": ("INPUT=",),
    "plugin/algorithms/segment.py": ("INPUT=",),
    "plugin/algorithms/similar.py": ("INDEX=",),
    "plugin/algorithms/similar_run.py": ("SELECT fid", " FROM similar"),
    "plugin/algorithms/superresolve.py": ("INPUT=",),
    "plugin/algorithms/teach.py": ("INPUTS=",),
    "plugin/algorithms/traces.py": ("INPUT=",),
    "plugin/database.py": ("SET LOCAL", "SELECT CAST", "') AS integer"),
    "plugin/dependencies/commands.py": ("sudo ", "conda install"),
    "plugin/dependencies/installer.py": ("import importlib", '"\nexcept'),
    "plugin/dependencies/interpreter.py": ("import sys",),
    "plugin/dependencies/task.py": (
        "No module named", "ProxyError", "name resolution", "    \\S.* (depends",
    ),
    "plugin/dependencies/troubles.py": (
        "No module named", "(?i)numpy", "DLL load", "(GLIBC", "(lib[", "incompatible arch",
    ),
    "plugin/dock.py": ("\nQPushButton {",),
    "plugin/layers/line_features.py": ("Undefined ",),
    "plugin/results/similar_style.py": ('<img width="', '<b>#[% "rank"'),
    "plugin/widgets/run_form.py": ('<span style="',),
}  # fmt: skip
"""How texts begin that look like prose and are commands, programs, patterns, style sheets."""
PROPER = {
    "GeoSift", "QGIS", "Python", "OpenCV", "GeoPackage", "GeoTIFF", "Sentinel", "Linux", "Windows",
    "GeoParquet", "PostgreSQL", "PostGIS", "Microsoft", "Visual", "Debian", "Ubuntu", "January",
    "Processing",
    "English", "German", "French", "Spanish", "Wasser", "IoU",
    "Deepness", "Ultralytics", "NaN", "MobileSAM", "EdgeSAM",
    "Ctrl", "Shift", "Esc",
}  # fmt: skip
"""Words that are written with a capital wherever they stand."""
MENU = "Raster ▸ GeoSift ▸ Python packages…"


def modules(repository: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((repository / "plugin").rglob("*.py")):
        name = path.relative_to(repository).as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def untranslated(tree: ast.AST) -> list[str]:
    """Texts outside tr() that users read, or that look as if somebody were to read them."""
    passed = {id(node) for call in translations.tr_calls(tree) for node in ast.walk(call)}
    passed |= {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # docstrings
    }
    texts = {id(node): text for node, text in _texts(tree) if id(node) not in passed}
    shown = {
        id(node)
        for part in _shown_parts(tree)
        for node, text in _texts(part)
        if re.search(r"[^\W\d_]{2}", text.replace(NAME, ""))
    }
    return [text for node, text in texts.items() if node in shown or PROSE.search(text)]


def _texts(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def _shown_parts(tree: ast.AST) -> Iterator[ast.expr]:
    """Arguments of calls that show them, and of exceptions that are raised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from node.exc.args
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            yield from node.args if name in SHOWN else node.args[:1] if name in SHOWN_FIRST else ()


def too_early(tree: ast.AST) -> list[int]:
    """Lines of tr() that run while the module is imported, before there is a translation."""
    late = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for statement in function.body
        for node in ast.walk(statement)
    }
    late |= {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.Lambda)
        for node in ast.walk(function.body)
    }
    return [call.lineno for call in translations.tr_calls(tree) if id(call) not in late]


def test_no_text_goes_around_tr(repository: Path) -> None:
    found, unused = [], {(file, start) for file, starts in NOT_SHOWN.items() for start in starts}
    for file, tree in modules(repository):
        for text in untranslated(tree):
            reviewed = [start for start in NOT_SHOWN.get(file, ()) if text.startswith(start)]
            unused -= {(file, start) for start in reviewed}
            if not reviewed:
                found.append(f"{file}: {text!r}")
    assert found == []
    assert unused == set(), "reviewed, but there no longer"


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('label.setText("Run")', 1),
        ('label.setText(tr("Run"))', 0),
        ('label.setText(f"{count} pixels")', 1),
        ('label.setText(tr("{0} pixels").format(count))', 0),
        ('label.setText(f"{words}: {count}")', 0),
        ('raise InputError("nothing")', 1),
        ('raise InputError(tr("{0}: no").format("a")) from error', 0),
        ('words = {"a": "No such layer."}', 1),
        ('bar.pushCritical("GeoSift", tr("No."))', 0),
        ('combo.addItem(tr("fast"), "quick")', 0),
        ('combo.addItem("fast", tr("quick"))', 1),
        ('layer.setName("Results of " + name)', 1),
    ],
)
def test_texts_outside_tr_are_found(code: str, count: int) -> None:
    assert len(untranslated(ast.parse(code))) == count


def test_tr_is_given_one_literal(repository: Path) -> None:
    wrong = [
        f"{file}:{call.lineno}"
        for file, tree in modules(repository)
        for call in translations.tr_calls(tree)
        if translations.literal(call) is None
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        'tr(f"{a} b")', "tr(words)", 'tr("a".format(b))', "tr()", 'tr_count("a", "b")',
        'tr_count("a", b, 1)', 'tr_count("a", f"{b}", 1)', 'tr("a", "b")',
    ],
)  # fmt: skip
def test_anything_else_is_found(code: str) -> None:
    (call,) = translations.tr_calls(ast.parse(code))
    assert translations.literal(call) is None


def test_nothing_is_translated_while_modules_are_imported(repository: Path) -> None:
    early = [f"{file}:{line}" for file, tree in modules(repository) for line in too_early(tree)]
    assert early == []
    assert too_early(ast.parse('A = tr("a")\nclass B:\n    c = tr("b")')) == [1, 3]
    assert too_early(ast.parse('def f():\n    return tr("a")\ng = lambda: tr("b")')) == []


def test_what_is_filled_in_has_numbers(repository: Path) -> None:
    """Another language may want another order."""
    texts = translations.sentences(repository / "plugin")
    assert [text for text in texts if re.search(r"\{(?!\d)", text)] == []


def test_sentence_case(repository: Path) -> None:
    texts = translations.sentences(repository / "plugin")
    assert [(text, words) for text in texts if (words := capitals(text))] == []
    assert capitals("Python Packages") == ["Packages"]
    assert capitals("All fine. Really: yes.") == []


def capitals(text: str) -> list[str]:
    """Words with a capital that neither begin a sentence nor are names."""
    words = re.findall(r"(?<=[\w,;:)] )[A-Z]\w*[a-z]\w*", text.replace(MENU, ""))
    return [word for word in words if word not in PROPER]


@pytest.fixture
def esperanto() -> Iterator[None]:
    """QGIS as somebody sees it who chose Esperanto."""
    settings = QgsSettings()
    before = {key: settings.value(key) for key in ("locale/overrideFlag", "locale/userLocale")}
    settings.setValue("locale/overrideFlag", True)
    settings.setValue("locale/userLocale", "eo")
    yield
    for key, value in before.items():
        if value is None:
            settings.remove(key)
        else:
            settings.setValue(key, value)


@pytest.fixture
def translated(repository: Path, tmp_path: Path) -> Path:
    """A folder with a translation of every text, which puts a sign before it."""
    texts = translations.sentences(repository / "plugin")
    counted = translations.counted(repository / "plugin")
    path = tmp_path / "geosift_eo.ts"
    made = translations.document(texts, counted=counted, locale="eo", old={})
    path.write_text(made, encoding="utf-8")
    old = translations.translated(path)
    for text, translation in old.items():
        for number, form in enumerate(translation, start=1):
            form.text = f"ĝ{number}{text}"
        translation.text = None if text in counted else f"ĝ{text}"
        del translation.attrib["type"]
    made = translations.document(texts, counted=counted, locale="eo", old=old)
    path.write_text(made, encoding="utf-8")
    translations.compile_translation(path)
    return tmp_path


@pytest.mark.usefixtures("qgis_app", "esperanto")
def test_a_translation_is_found_and_taken_out_again(translated: Path, repository: Path) -> None:
    """Every text, also those with signs, spaces at the end and several lines."""
    assert install_translation(repository / "resources" / "icons") is None
    translator = install_translation(translated)
    try:
        texts = translations.sentences(repository / "plugin")
        counted = translations.counted(repository / "plugin")
        assert [text for text in texts if text not in counted and tr(text) != f"ĝ{text}"] == []
        forms = {text: [tr_count("one", text, count)[:2] for count in (1, 2)] for text in counted}
        assert [text for text in counted if forms[text] != ["ĝ1", "ĝ2"]] == []
        assert SegmentAlgorithm().displayName() == "ĝSegment a raster"
    finally:
        remove_translation(translator)
    assert tr("R&un") == "R&un"


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 polygons selected."), (1, "1 polygon selected."), (2, "2 polygons selected.")],
)
def test_without_a_translation_one_thing_is_one(qgis_app, count: int, expected: str) -> None:
    words = tr_count("{0} polygon selected.", "{0} polygons selected.", count)
    assert words.format(count) == expected


NUMBER_AND_THINGS = re.compile(
    r"(?<!x )(?<!exactly )(?<!up to )\{\d\} (pixel|polygon|classe|outline|object|tile|feature"
    r"|model|package|file|point|second|minute|hour|day|byte)s\b"
)


def test_numbers_of_things_have_a_form_for_each_number(repository: Path) -> None:
    """ "3 polygons" is no sentence for one."""
    texts = translations.sentences(repository / "plugin")
    counted = translations.counted(repository / "plugin")
    assert [text for text in set(texts) - counted if NUMBER_AND_THINGS.search(text)] == []
    assert NUMBER_AND_THINGS.search("{0} classes") and not NUMBER_AND_THINGS.search("{0} MB")


@pytest.mark.usefixtures("qgis_processing", "esperanto")
def test_the_plugin_brings_its_translation(
    translated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "geosift.plugin.plugin.install_translation", lambda: install_translation(translated)
    )
    plugin = GeoSiftPlugin(None)
    plugin.initProcessing()
    assert {each.displayName()[0] for each in plugin.provider.algorithms()} == {"ĝ"}
    plugin.unload()
    assert tr("R&un") == "R&un"


def test_a_translation_survives_a_change_of_the_words() -> None:
    old = {}
    for text in ("stays", "goes"):
        old[text] = translations.ET.Element("translation")
        old[text].text = text.upper()
    made = translations.document({"stays": ["a.py"], "comes": ["a.py"]}, locale="de", old=old)
    root = translations.ET.fromstring(made.split("<!DOCTYPE TS>\n")[1])
    found = {each.findtext("source"): each.find("translation") for each in root.iter("message")}
    assert {text: each.get("type") for text, each in found.items()} == {
        "stays": None,
        "comes": "unfinished",
        "goes": "vanished",
    }
    assert found["goes"].text == "GOES"
    assert root.findtext("context/name") == CONTEXT
