"""A headless browser, and the report opened in it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE_WIDTH, SCREEN_WIDTH = 400, 1600
HEIGHTS = {PHONE_WIDTH: 800, SCREEN_WIDTH: 1000}
# What does not depend on the width is tried on a phone in `make test-all`.
on_a_screen = pytest.mark.parametrize(
    "opened", [SCREEN_WIDTH, pytest.param(PHONE_WIDTH, marks=pytest.mark.long)], indirect=True
)
# The middle of the last landslide of the first date, in pixels of the canvas.
LANDSLIDE_IN_CANVAS = """() => {
    const values = JSON.parse(document.getElementById("values").textContent);
    const rows = values.landslides.predicted.filter(row => row[1] === 0 && row[3]);
    const ring = rows.at(-1)[4][0];
    let x = 0, y = 0, xs = [], ys = [];
    for (let i = 0; i < ring.length; i += 2) {
        xs.push(x += ring[i]);
        ys.push(y += ring[i + 1]);
    }
    const middle = all => (Math.min(...all) + Math.max(...all)) / 20;
    const box = document.getElementById("canvas").getBoundingClientRect();
    const scale = Math.min(box.width / values.width, box.height / values.height);
    const left = (box.width - values.width * scale) / 2;
    const top = (box.height - values.height * scale) / 2;
    return [left + middle(xs) * scale, top + middle(ys) * scale];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright here: pip install playwright"
    )
    program = os.environ.get("SLIDELENS_CHROMIUM") or next(
        filter(None, map(shutil.which, PROGRAMS)), None
    )
    if program is None:
        pytest.skip("no Chromium on the PATH; install one, or name it in SLIDELENS_CHROMIUM")
    with playwright.sync_playwright() as context:
        chromium = context.chromium.launch(executable_path=program, args=OPTIONS)
        yield chromium
        chromium.close()


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

    def unfold(self, is_open: bool = True) -> None:
        """Open or close all that folds."""
        self.page.evaluate(
            "open => document.querySelectorAll('details').forEach(each => { each.open = open; })",
            is_open,
        )

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
