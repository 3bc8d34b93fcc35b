# SPDX-License-Identifier: GPL-2.0-or-later
"""The widgets of the page "Find", one below the other; what they do is the panel's affair."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from ..i18n import tr
from ..map_tool.page_parts import push_button, row
from ..map_tool.tool_page import ToolPage
from ..widgets.notice import Notice
from .example_list import ExampleList
from .index_box import IndexBox
from .limits_box import LimitsBox
from .strip import Strip


class FindPage(ToolPage):
    """Raster and index, the tool, examples, and what was found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        about = tr("The raster layer to put into the index, and to draw heat over")
        super().__init__(about, name="find", parent=parent)
        self.index = IndexBox()
        self.notice = Notice()
        self.examples = ExampleList()
        about = tr("Take the selected features of the active vector layer as good examples")
        self.selected = push_button("findSelected", tr("E&xamples from selected features"), about)
        self.found = QWidget()
        self.strip = Strip()
        about = tr("The selected picture is a good example (+)")
        self.more = push_button("findMore", tr("More like it"), about)
        about = tr("The selected picture is a bad example (-)")
        self.less = push_button("findLess", tr("Less like it"), about)
        about = tr("Show over the raster layer how much each place is like it")
        self.heat = push_button("findHeat", tr("Heat layer"), about)
        self.heat.setCheckable(True)
        about = tr("Write what was found to a GeoPackage, which stays in the project")
        self.keep = push_button("findKeep", tr("&Keep…"), about)
        self.limits = LimitsBox()
        self.keys.setText(
            tr(
                "Left click: like this. Right click or Shift: not like this. Drag: the picture in "
                "the box. + and -: the place under the pointer. Backspace: one step back. "
                "Esc: leave. Space or wheel: move the map."
            )
        )
        self._lay_out()
        self.show_on(False, adds_first=False)
        self.show_answer(0)

    def show_on(self, on: bool, *, adds_first: bool) -> None:
        """Say whether the tool is on, and what the button would do."""
        start = tr("Add layer, start lookin&g") if adds_first else tr("Start lookin&g")
        self.show_switch(on, start=start, stop=tr("Stop lookin&g"))
        tip = tr("Turn the tool of the map on or off")
        first = tr("The layer goes into the index in the background; point at something meanwhile")
        self.button.setToolTip(first if adds_first and not on else tip)

    def show_answer(self, count: int) -> None:
        """Offer what can be done with so many patches that were found."""
        for button in (self.heat, self.keep):
            button.setEnabled(count > 0)
        if count:
            self.found.show()
        self.show_chosen()

    def show_chosen(self) -> None:
        """Offer to judge the selected picture."""
        for button in (self.more, self.less):
            button.setEnabled(self.strip.chosen is not None)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Ras&ter"), self.layers)
        form.addRow(tr("&Index"), self.index)
        form.labelForField(self.index).setBuddy(self.index.folder.lineEdit())
        self._lay_out_found()
        self.lay_out(
            form, self.button, self.status, self.notice, self.examples, self.selected, self.found,
            self.limits, self.keys,
        )  # fmt: skip

    def _lay_out_found(self) -> None:
        """What there is only when something was found; then it stays, so that nothing jumps."""
        column = QVBoxLayout(self.found)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.strip)
        column.addLayout(row(self.more, self.less))
        column.addLayout(row(self.heat, self.keep))
        self.found.hide()
