"""First screen, folding, scrolling and print of the page in a browser, without a study."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slidelens.report.page.page import render_page
from support.report.browser import OpenedReport
from support.report.page import DATES, report_content

FIRST_SCREEN = (
    "h1",
    ".finding",
    "#date",
    "#canvas",
    "#layers",
    *(f".card >> nth={i}" for i in range(4)),
)
OPEN = "document.querySelectorAll('main details[open]').length"
CLOSED = "document.querySelectorAll('main details:not([open])').length"


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One page for all tests; its console must be empty at the end."""
    folder = tmp_path_factory.mktemp("layout")
    html = render_page(report_content(folder))
    (folder / "index.html").write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto((folder / "index.html").as_uri())
    yield page
    assert messages == []
    page.close()


@pytest.fixture
def fresh(page: Any) -> Any:
    """The page as it is at first, without a place in it."""
    page.goto(page.url.partition("#")[0] + "#")
    page.reload()
    return page


def test_map_and_numbers_are_on_the_first_screen(fresh: Any) -> None:
    for selector in FIRST_SCREEN:
        box = fresh.locator(selector).bounding_box()
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= 900, selector
        assert box["width"] > 0, selector


def test_a_phone_shows_the_numbers_above_the_map(fresh: Any) -> None:
    fresh.set_viewport_size({"width": 400, "height": 800})
    strip, canvas = (fresh.locator(name).bounding_box() for name in (".strip", "#canvas"))
    assert strip["y"] < canvas["y"]
    assert canvas["y"] + canvas["height"] <= 800
    assert fresh.locator(".strip strong:visible").all_text_contents() == ["–", "1.2 ha", "9", "–"]
    fresh.set_viewport_size({"width": 1600, "height": 900})


@pytest.mark.parametrize("width_px", [320, 400])
def test_a_phone_shows_all_links_buttons_and_numbers_without_scrolling(
    fresh: Any, width_px: int
) -> None:
    fresh.set_viewport_size({"width": width_px, "height": 800})
    for selector in ("nav a", "nav button"):
        boxes = [item.bounding_box() for item in fresh.locator(selector).all()]
        assert boxes
        assert all(box["x"] + box["width"] <= width_px for box in boxes), selector
    numbers = [number.bounding_box() for number in fresh.locator(".strip strong:visible").all()]
    for left, right in itertools.pairwise(numbers):
        assert right["x"] - (left["x"] + left["width"]) >= 6
    fresh.set_viewport_size({"width": 1600, "height": 900})


def test_the_numbers_follow_the_date(fresh: Any) -> None:
    shown = fresh.locator(".value:visible strong")
    assert shown.all_text_contents() == ["–", "1.2 ha", "9", "–"]
    fresh.locator("#date").fill("0")
    assert shown.all_text_contents() == ["0.75", "3.0 ha", "18 (12–23)", "5"]
    assert fresh.locator("#date").get_attribute("aria-valuetext") == DATES[0]
    assert fresh.locator(".chart .now").count() == 4
    fresh.locator(".chart [data-date='1']").first.click()
    assert fresh.locator("#date-label").text_content() == DATES[1]


def test_sections_fold_one_by_one_and_all_at_once(fresh: Any) -> None:
    fresh.locator("#tables > summary").click()
    assert not fresh.locator("#table3").is_visible()
    fresh.locator("#unfold").click()
    assert fresh.evaluate(CLOSED) == 1
    assert fresh.locator("#history").get_attribute("open") is None  # no section
    assert fresh.locator("#table4 table").is_visible()
    assert fresh.locator("#unfold").text_content() == "Close all"
    fresh.locator("#unfold").click()
    assert fresh.evaluate(OPEN) == 0


def test_a_link_opens_what_it_leads_to(fresh: Any) -> None:
    fresh.locator("#unfold").click()
    fresh.locator("#unfold").click()
    for _ in range(2):  # the second time without a change of the address
        fresh.locator("#number-false-alarms a").click()
        fresh.wait_for_timeout(100)
        assert fresh.locator("#table4 table").is_visible()
        assert 0 <= fresh.locator("#table4").bounding_box()["y"] < 500  # the end of the page
        fresh.locator("#table4 > summary").click()
        assert not fresh.locator("#table4 table").is_visible()


def test_a_table_keeps_its_first_column_and_heading_while_it_scrolls(fresh: Any) -> None:
    fresh.goto(fresh.url.partition("#")[0] + "#wide")
    box = fresh.locator("#wide .scroll")
    box.focus()
    cell, head = box.locator("tbody th").nth(40), box.locator("thead th").first
    fresh.keyboard.press("End")
    box.evaluate("box => { box.scrollLeft = 900; box.scrollTop = 800; }")
    edge = box.bounding_box()
    assert cell.bounding_box()["x"] == pytest.approx(edge["x"], abs=2)
    assert head.bounding_box()["x"] == pytest.approx(edge["x"], abs=2)
    assert head.bounding_box()["y"] == pytest.approx(edge["y"], abs=2)
    assert fresh.evaluate("document.documentElement.scrollWidth") == 1600


def test_print_opens_everything_hides_controls_and_closes_again(fresh: Any) -> None:
    before = fresh.evaluate(CLOSED)
    assert before > 1
    fresh.emulate_media(media="print")
    fresh.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert fresh.evaluate(CLOSED) == 1
    for selector in ("nav", "#play", "#history", ".csv >> nth=0", ".zoom"):
        assert not fresh.locator(selector).is_visible(), selector
    assert fresh.locator("#wide table").is_visible()
    height_px = fresh.locator("#canvas").bounding_box()["height"]  # of 40 pixels of 10 m
    assert OpenedReport(fresh).metres_per_pixel() == pytest.approx(400 / height_px, rel=0.1)
    fresh.evaluate("dispatchEvent(new Event('afterprint'))")
    assert fresh.evaluate(CLOSED) == before
    fresh.emulate_media(media="null")


@pytest.mark.parametrize(
    ("part", "width_mm"), [("#tables", 297), ("#figures", 210), (".first", 210)]
)
def test_nothing_is_wider_than_its_page_of_a4(fresh: Any, part: str, width_mm: int) -> None:
    # A browser that meets something wider shrinks all pages, by up to a third.
    width_px = int((width_mm - 2 * 14) / 25.4 * 96)
    fresh.emulate_media(media="print")
    fresh.set_viewport_size({"width": width_px, "height": 900})
    fresh.evaluate("dispatchEvent(new Event('beforeprint'))")
    tables = fresh.locator("#wide table, #ledger table")
    assert tables.count() == 2
    assert fresh.locator(part).evaluate("part => part.scrollWidth") <= width_px
    fresh.evaluate("dispatchEvent(new Event('afterprint'))")
    fresh.emulate_media(media="null")
    fresh.set_viewport_size({"width": 1600, "height": 900})


def test_on_paper_the_frame_is_the_map_and_figures_are_wide(fresh: Any) -> None:
    fresh.emulate_media(media="print")
    fresh.set_viewport_size({"width": 687, "height": 1000})
    fresh.evaluate("dispatchEvent(new Event('beforeprint'))")
    frame = fresh.locator(".frame").bounding_box()
    assert frame["width"] / frame["height"] == pytest.approx(1, abs=0.01)  # of 40 x 40 pixels
    map_of_date = fresh.locator("#figure-fig4_map_2013")
    image, caption = (map_of_date.locator(part).bounding_box() for part in ("img", "figcaption"))
    assert image["height"] == pytest.approx(118 / 25.4 * 96, abs=1)  # two on a page
    assert caption["width"] == pytest.approx(154 / 25.4 * 96, abs=1)
    middles = [box["x"] + box["width"] / 2 for box in (image, caption)]
    assert middles == pytest.approx([687 / 2] * 2, abs=1)
    fresh.evaluate("dispatchEvent(new Event('afterprint'))")
    fresh.emulate_media(media="null")
    fresh.set_viewport_size({"width": 1600, "height": 900})


def test_the_first_screen_is_one_page_of_a4(fresh: Any) -> None:
    fresh.emulate_media(media="print")
    fresh.set_viewport_size({"width": 687, "height": 1000})
    fresh.evaluate("dispatchEvent(new Event('beforeprint'))")
    last = fresh.locator(".card").last.bounding_box()
    assert last["y"] + last["height"] <= (297 - 14 - 16) / 25.4 * 96
    fresh.evaluate("dispatchEvent(new Event('afterprint'))")
    fresh.emulate_media(media="null")
    fresh.set_viewport_size({"width": 1600, "height": 900})


def test_the_pdf_has_pages_of_a4_with_wide_tables_across_and_small_images(fresh: Any) -> None:
    pdf = fresh.pdf(prefer_css_page_size=True)
    pages = re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)[.\d]*\]", pdf)
    assert set(pages) == {(b"594", b"841"), (b"841", b"594")}
    assert b"/DCTDecode" in pdf  # the image of the map is copied as JPEG


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here (poppler-utils)")
def test_the_heading_of_a_table_is_repeated_on_each_of_its_pages(
    fresh: Any, tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    fresh.locator("#wide tbody").evaluate("body => body.append(...body.cloneNode(true).rows)")
    fresh.pdf(path=path, prefer_css_page_size=True)
    text = subprocess.check_output(["pdftotext", "-layout", path, "-"], text=True)
    pages = [page for page in text.split("\f") if " 59 " in page]
    assert len(pages) == 2
    assert all("column" in page for page in pages)
