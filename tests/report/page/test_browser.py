"""The report in a real browser, without window and without network: it works by mouse and by touch, on a phone and on a large screen."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from slidelens.stages.report import report
from support.reported import write_results
from support.studies import DATES

playwright = pytest.importorskip(
    "playwright.sync_api", reason="no playwright here: pip install playwright"
)

WIDTHS = {400: 800, 1600: 1000}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Opened:
    """A page, and what it complained of and asked for since it was opened."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def picture(self) -> str:
        """A hash of what the map shows."""
        self.page.wait_for_timeout(250)
        return hashlib.md5(self.page.locator("#canvas").screenshot()).hexdigest()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = os.environ.get("SLIDELENS_CHROMIUM") or next(
        filter(None, map(shutil.which, PROGRAMS)), None
    )
    if program is None:
        pytest.skip("no Chromium on the PATH; install one, or name it in SLIDELENS_CHROMIUM")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=program, args=QUIET)
        yield found
        found.close()


@pytest.fixture(scope="module")
def index(store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        report(write_results(root, DATES), root)
    return root / "report/index.html"


@pytest.fixture(params=WIDTHS)
def opened(browser: Any, index: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """The report at two widths; by touch at the smaller."""
    size = {"width": request.param, "height": WIDTHS[request.param]}
    context = browser.new_context(
        viewport=size, has_touch=request.param < 800, accept_downloads=True
    )
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda asked: found.requests.append(asked.url))
    found.page.goto(index.as_uri())
    yield found
    context.close()


@pytest.fixture(autouse=True)
def nothing_is_complained_of_and_nothing_leaves_the_page(
    opened: Opened, index: Path
) -> Iterator[None]:
    yield
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("data:", "blob:"))] == [
        index.as_uri()
    ]


def test_nothing_is_wider_than_the_screen(opened: Opened) -> None:
    assert (
        opened.page.evaluate("document.documentElement.scrollWidth")
        == opened.page.viewport_size["width"]
    )


def test_the_slider_changes_the_date_and_the_map(opened: Opened) -> None:
    seen = {}
    for position, date in enumerate(DATES):
        opened.page.locator("#date").fill(str(position))
        assert opened.page.locator("#date-label").text_content() == date
        seen[date] = opened.picture()
    assert len(set(seen.values())) == len(DATES)


def test_a_date_that_is_not_mapped_by_hand_says_so(opened: Opened) -> None:
    opened.page.locator("#date").fill("2")
    assert opened.page.locator("#message").text_content() == "not mapped by hand at this date"
    opened.page.locator("input[value=manual]").uncheck()
    assert opened.page.locator("#message").text_content() == ""


def test_every_layer_changes_the_map_and_back(opened: Opened) -> None:
    opened.page.locator("#date").fill("0")
    first = opened.picture()
    for layer in (
        "image",
        "manual",
        "predicted",
        "states",
        "test",
        "probability",
        "density-manual",
        "density-predicted",
    ):
        box = opened.page.locator(f"input[value={layer}]")
        box.click()
        assert opened.picture() != first, layer
        box.click()
        assert opened.picture() == first, layer


def test_one_density_takes_the_place_of_the_other(opened: Opened) -> None:
    manual, predicted = (
        opened.page.locator(f"input[value=density-{name}]") for name in ("manual", "predicted")
    )
    predicted.click()
    alone = opened.picture()
    manual.click()
    assert manual.is_checked()
    assert not predicted.is_checked()
    assert opened.picture() != alone
    predicted.click()
    assert predicted.is_checked()
    assert not manual.is_checked()
    assert opened.picture() == alone


def test_the_wheel_is_the_pages_until_the_map_is_meant(opened: Opened) -> None:
    page = opened.page
    if page.viewport_size["width"] < 800:
        pytest.skip("no wheel on a phone")
    canvas = page.locator("#canvas")
    canvas.scroll_into_view_if_needed()
    first, top = opened.picture(), page.evaluate("scrollY")
    canvas.hover()
    page.mouse.wheel(0, -60)
    page.wait_for_timeout(300)
    assert "click on the map first" in page.locator("#message").text_content()
    assert page.evaluate("scrollY") < top
    page.wait_for_timeout(1600)
    canvas.scroll_into_view_if_needed()
    assert opened.picture() == first
    canvas.click(position={"x": 2, "y": 2})
    page.mouse.wheel(0, -300)
    assert opened.picture() != first  # it is larger
    top = page.evaluate("scrollY")
    page.mouse.wheel(0, 2000)
    assert opened.picture() == first
    assert page.evaluate("scrollY") == top
    page.mouse.wheel(0, 60)  # the whole is shown: the page goes on
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > top


def test_a_landslide_is_followed_by_tapping_it(opened: Opened) -> None:
    """Its history is that of its id, and a date in it leads there."""
    page = opened.page
    page.locator("#date").fill("0")
    x, y = page.evaluate(
        """() => {
            const values = JSON.parse(document.getElementById("values").textContent);
            const ring = values.landslides.predicted.filter(row => row[1] === 0 && row[3]).at(-1)[4][0];
            let x = 0, y = 0, xs = [], ys = [];
            for (let i = 0; i < ring.length; i += 2) { xs.push(x += ring[i]); ys.push(y += ring[i + 1]); }
            const middle = all => (Math.min(...all) + Math.max(...all)) / 20;
            const box = document.getElementById("canvas").getBoundingClientRect();
            const scale = Math.min(box.width / values.width, box.height / values.height);
            return [(box.width - values.width * scale) / 2 + middle(xs) * scale, (box.height - values.height * scale) / 2 + middle(ys) * scale];
        }"""
    )
    canvas = page.locator("#canvas")
    place = {"position": {"x": x, "y": y}}
    canvas.tap(**place) if page.viewport_size["width"] < 800 else canvas.click(**place)
    number = page.locator("#landslide").input_value()
    assert (
        page.locator("#told").text_content() == f"Landslide {number} of the predicted inventories."
    )
    rows = page.locator("#states tr")
    assert rows.count() >= 2
    assert "new" in rows.first.text_content()
    assert "now" in rows.first.get_attribute("class")
    rows.nth(1).locator("button").click()
    assert page.locator("#date-label").text_content() == "2014"
    assert "now" in rows.nth(1).get_attribute("class")


def test_a_landslide_is_found_by_its_id(opened: Opened) -> None:
    page = opened.page
    page.locator("#next").click()
    assert page.locator("#landslide").input_value() == "1"
    page.locator("#landslide").fill("999")
    page.locator("#landslide").press("Enter")
    assert (
        page.locator("#told").text_content() == "The predicted inventories have no landslide 999."
    )
    assert page.locator("#states tr").count() == 0


def test_the_map_zooms_moves_and_comes_back(opened: Opened) -> None:
    page = opened.page
    whole, bar = opened.picture(), page.locator("#scale span").text_content()
    for _ in range(4):
        page.locator("#in").click()
    zoomed = opened.picture()
    assert zoomed != whole
    assert page.locator("#scale span").text_content() != bar
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 30, steps=4)
    page.mouse.up()
    assert opened.picture() != zoomed
    page.locator("#whole").click()
    assert opened.picture() == whole


def test_two_fingers_zoom(opened: Opened) -> None:
    """Fingers that start 60 pixels apart and end 120 apart see everything twice as large."""
    page = opened.page
    page.locator("#canvas").scroll_into_view_if_needed()
    box = page.locator("#canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *apart: int) -> None:
        fingers = [
            {"x": x + side * distance / 2, "y": y, "id": side + 1}
            for distance in apart
            for side in (-1, 1)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    before = page.locator("#scale").bounding_box()["width"] / metres(page)
    send("touchStart", 60)
    for apart in range(80, 121, 20):
        send("touchMove", apart)
    send("touchEnd")
    page.wait_for_timeout(250)
    assert page.locator("#scale").bounding_box()["width"] / metres(page) == pytest.approx(
        2 * before, rel=0.05
    )


def metres(page: Any) -> float:
    """The length that the scale bar tells."""
    number, unit = page.locator("#scale span").text_content().split()
    return float(number) * {"m": 1, "km": 1000}[unit]


def test_tables_sort_and_download_as_they_are_on_disk(opened: Opened, index: Path) -> None:
    page = opened.page
    head = page.locator("#table4 th").nth(1)
    counts = []
    for order in ("ascending", "descending"):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        cells = page.locator("#table4 tbody tr td:nth-child(2)").evaluate_all(
            "all => all.map(cell => cell.dataset.value)"
        )
        assert cells[-1] == ""  # 2015 is not mapped by hand
        counts.append([float(cell) for cell in cells if cell])
    assert counts[0] == sorted(counts[0])
    assert counts[1] == counts[0][::-1]
    assert len(set(counts[0])) > 1
    with page.expect_download() as waiting:
        page.locator("#table4 button.csv").click()
    assert waiting.value.suggested_filename == "table4.csv"
    assert (
        Path(waiting.value.path()).read_bytes() == (index.parent / "tables/table4.csv").read_bytes()
    )


def test_every_figure_is_shown(opened: Opened) -> None:
    for picture in opened.page.locator("figure img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => image.naturalWidth") == 1338
    picture.click()
    assert picture.evaluate("image => image.width") == 1338
    assert (
        opened.page.evaluate("document.documentElement.scrollWidth")
        == opened.page.viewport_size["width"]
    )
