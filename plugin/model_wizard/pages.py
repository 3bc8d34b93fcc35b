# SPDX-License-Identifier: GPL-2.0-or-later
"""The three pages: what the file tells, what goes in, what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from ..i18n import tr
from ..model_manager.plain_text import one_line
from ..models import kind_words
from ..widgets.notice import Notice
from .class_list import ClassList
from .fields import Field, field

if TYPE_CHECKING:
    from ...inference.foreign.answers import Answers
    from ...inference.foreign.bare import Questions


class NetworkPage(QWizardPage):
    """What the file tells by itself; which kind it is, and what to call it."""

    def __init__(self, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(tr("The network"))
        self.setSubTitle(tr("Nothing in the file says what its numbers mean. It does say this:"))
        self.facts = QLabel("\n".join(map(one_line, questions.facts)))
        self.facts.setObjectName("networkFacts")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.kind = QComboBox()
        self.kind.setObjectName("kindField")
        for kind in questions.kinds:
            self.kind.addItem(kind_words(kind), kind)
        self.kind.setToolTip(tr("What it was trained to do; the likeliest is proposed"))
        self.name = QLineEdit(questions.defaults(questions.kinds[0]).name)
        self.name.setObjectName("nameField")
        self.name.setToolTip(tr("What to call it in lists"))
        self.licence = QLineEdit()
        self.licence.setObjectName("licenceField")
        self.licence.setPlaceholderText(tr("not known"))
        self.licence.setToolTip(tr("Under which terms it may be used, such as MIT"))
        form = QFormLayout()
        form.addRow(tr("It &does"), self.kind)
        form.addRow(tr("Na&me"), self.name)
        form.addRow(tr("&Licence"), self.licence)
        column = QVBoxLayout(self)
        column.addWidget(self.facts)
        column.addLayout(form)
        column.addStretch(1)

    def answer(self) -> dict[str, Any]:
        """The fields of Answers by name."""
        return {"name": self.name.text().strip(), "licence": self.licence.text().strip()}


class FieldsPage(QWizardPage):
    """The fields that count for the chosen kind, made anew when the kind has changed."""

    def __init__(
        self, title: str, about: str, names: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTitle(title)
        self.setSubTitle(about)
        self._names = names
        self._fields: dict[str, Field] = {}
        self._body = QWidget()
        self.notice = Notice()
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._body, 1)
        self._column.addWidget(self.notice)

    def ask(self, questions: Questions, start: Answers) -> None:
        """Show what is to be asked, filled in as proposed."""
        asked = questions.asked(start.kind)
        self._fields = {
            name: field(name, questions, start) for name in self._names if name in asked
        }
        body = QWidget()
        form = QFormLayout(body)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for each in self._fields.values():
            form.addRow(each.label, each.widget)
        if not self._fields:
            form.addRow(QLabel(tr("The file says it all: nothing is left to ask.")))
        self._column.replaceWidget(self._body, body)
        self._body.deleteLater()
        self._body = body
        self.notice.hide()
        self._follow_layout(questions)

    def answer(self) -> dict[str, Any]:
        """The fields of Answers by name; raises InputError."""
        found: dict[str, Any] = {}
        for each in self._fields.values():
            found.update(each.read())
        return found

    def _follow_layout(self, questions: Questions) -> None:
        """Each layout leaves another number of classes."""
        from ...inference.foreign.detection_shapes import classes_in

        layout, classes = self._fields.get("layout"), self._fields.get("classes")
        if layout is None or classes is None or not isinstance(classes.widget, ClassList):
            return
        count, combo = classes.widget.count, layout.widget
        combo.currentIndexChanged.connect(
            lambda _index: count.setValue(classes_in(questions.outputs, combo.currentData()))
        )
