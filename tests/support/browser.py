"""The report opened in a headless browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

PHONE_WIDTH, SCREEN_WIDTH = 400, 1600
HEIGHTS = {PHONE_WIDTH: 800, SCREEN_WIDTH: 1000}


@dataclass
class OpenedReport:
    """A page with its console messages and requests since it was opened."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def is_phone(self) -> bool:
        """Whether the page has a phone's width and a touch screen."""
        return int(self.page.viewport_size["width"]) == PHONE_WIDTH

    def map_hash(self) -> str:
        """Return a hash of what the map shows."""
        self.page.wait_for_timeout(250)
        return hashlib.md5(self.page.locator("#canvas").screenshot()).hexdigest()

    def set_date(self, position: int) -> None:
        """Move the slider to a date."""
        self.page.locator("#date").fill(str(position))

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return str(self.page.locator(selector).text_content())

    def metres_per_pixel(self) -> float:
        """Return the scale of the map from its scale bar."""
        number, unit = self.text("#scale span").split()
        length_m = float(number) * {"m": 1, "km": 1000}[unit]
        return length_m / float(self.page.locator("#scale").bounding_box()["width"])

    def is_as_wide_as_the_screen(self) -> bool:
        """Return whether nothing on the page makes it scroll sideways."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        return bool(width == self.page.viewport_size["width"])
