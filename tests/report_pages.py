# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in the page of an evaluation."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

import cv2
import numpy as np


class Pictures(HTMLParser):
    """Every picture of a page by its words, and whatever it would fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pictures: dict[str, np.ndarray] = {}
        self.needs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "img":
            data = base64.b64decode(str(attributes["src"]).partition("base64,")[2])
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            self.pictures[str(attributes["alt"])] = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
        elif tag in ("script", "link", "iframe") or "src" in attributes or "href" in attributes:
            self.needs.append(tag)
