"""The report in a headless browser, by mouse and by touch, on a phone and a large screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.report.browser import LANDSLIDE_IN_CANVAS, OpenedReport, on_a_screen
from support.studies import DATES


def test_the_slider_changes_the_date_and_the_map(opened: OpenedReport) -> None:
    hashes = {}
    for position, date in enumerate(DATES):
        opened.set_date(position)
        assert opened.text("#date-label") == date
        hashes[date] = opened.map_hash()
    assert len(set(hashes.values())) == len(DATES)


@on_a_screen
def test_a_date_that_is_not_mapped_by_hand_says_so(opened: OpenedReport) -> None:
    opened.set_date(2)
    assert opened.text("#message") == "not mapped by hand at this date"
    opened.page.locator("input[value=manual]").uncheck()
    assert opened.text("#message") == ""


@on_a_screen
def test_every_layer_changes_the_map_and_back(opened: OpenedReport) -> None:
    opened.set_date(0)
    first = opened.map_hash()
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
        assert opened.map_hash() != first, layer
        box.click()
        assert opened.map_hash() == first, layer


@on_a_screen
def test_outlines_are_thin_on_paper(opened: OpenedReport) -> None:
    opened.page.evaluate(
        """() => {
            const { prototype } = CanvasRenderingContext2D, { stroke } = prototype;
            window.pens = [];  // in pixels of CSS, of which each has three of the canvas on paper
            prototype.stroke = function (path) {
                const width = this.lineWidth * this.getTransform().a / 3;
                if (this.canvas.closest(".printing")) pens.push(width);
                stroke.call(this, path);
            };
        }"""
    )
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    widths_mm = [each * 25.4 / 96 for each in opened.page.evaluate("pens")]
    assert widths_mm
    assert max(widths_mm) < 0.5
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")


@on_a_screen
def test_only_one_density_is_shown_at_a_time(opened: OpenedReport) -> None:
    manual, predicted = (
        opened.page.locator(f"input[value=density-{name}]") for name in ("manual", "predicted")
    )
    predicted.click()
    alone = opened.map_hash()
    manual.click()
    assert manual.is_checked()
    assert not predicted.is_checked()
    assert opened.map_hash() != alone
    predicted.click()
    assert predicted.is_checked()
    assert not manual.is_checked()
    assert opened.map_hash() == alone


def test_the_wheel_scrolls_the_page_until_the_map_is_clicked(opened: OpenedReport) -> None:
    page = opened.page
    if opened.is_phone:
        pytest.skip("no wheel on a phone")
    canvas = page.locator("#canvas")
    page.evaluate("scrollTo(0, 100)")
    first, top = opened.map_hash(), page.evaluate("scrollY")
    canvas.hover()
    page.mouse.wheel(0, -60)
    page.wait_for_timeout(300)
    assert "click on the map first" in opened.text("#message")
    assert page.evaluate("scrollY") < top
    page.wait_for_timeout(1600)
    canvas.scroll_into_view_if_needed()
    assert opened.map_hash() == first
    canvas.click(position={"x": 2, "y": 2})
    page.mouse.wheel(0, -300)
    assert opened.map_hash() != first  # zoomed in
    top = page.evaluate("scrollY")
    page.mouse.wheel(0, 2000)
    assert opened.map_hash() == first
    assert page.evaluate("scrollY") == top
    page.mouse.wheel(0, 60)  # the whole map is shown, so the page scrolls
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > top


def test_a_tapped_landslide_shows_its_history(opened: OpenedReport) -> None:
    """The history is that of its id, and a date in it selects that date."""
    page = opened.page
    opened.set_date(0)
    x, y = page.evaluate(LANDSLIDE_IN_CANVAS)
    canvas = page.locator("#canvas")
    place = {"position": {"x": x, "y": y}}
    canvas.tap(**place) if opened.is_phone else canvas.click(**place)
    number = page.locator("#landslide").input_value()
    assert opened.text("#history-note") == f"Landslide {number} of the predicted inventories."
    rows = page.locator("#states tr")
    assert rows.count() >= 2
    assert "new" in rows.first.text_content()
    assert "now" in rows.first.get_attribute("class")
    rows.nth(1).locator("button").click()
    assert opened.text("#date-label") == "2014"
    assert "now" in rows.nth(1).get_attribute("class")


@on_a_screen
def test_a_landslide_is_found_by_its_id(opened: OpenedReport) -> None:
    page = opened.page
    page.locator("#history summary").click()
    page.locator("#next").click()
    assert page.locator("#landslide").input_value() == "1"
    page.locator("#landslide").fill("999")
    page.locator("#landslide").press("Enter")
    assert opened.text("#history-note") == "The predicted inventories have no landslide 999."
    assert page.locator("#states tr").count() == 0


@on_a_screen
def test_the_map_zooms_moves_and_comes_back(opened: OpenedReport) -> None:
    page = opened.page
    whole, bar = opened.map_hash(), page.locator("#scale span").text_content()
    for _ in range(4):
        page.locator("#in").click()
    zoomed = opened.map_hash()
    assert zoomed != whole
    assert page.locator("#scale span").text_content() != bar
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 30, steps=4)
    page.mouse.up()
    assert opened.map_hash() != zoomed
    page.locator("#whole").click()
    assert opened.map_hash() == whole


def test_two_fingers_zoom(opened: OpenedReport) -> None:
    """Fingers that move from 60 to 120 pixels apart double the size of everything."""
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

    before = opened.metres_per_pixel()
    send("touchStart", 60)
    for apart in range(80, 121, 20):
        send("touchMove", apart)
    send("touchEnd")
    page.wait_for_timeout(250)
    assert opened.metres_per_pixel() == pytest.approx(before / 2, rel=0.05)


def test_nothing_is_wider_than_the_screen(opened: OpenedReport) -> None:
    assert opened.is_as_wide_as_the_screen()
    opened.unfold()
    assert opened.is_as_wide_as_the_screen()


@on_a_screen
def test_tables_sort_and_download_the_file_on_disk(opened: OpenedReport, index: Path) -> None:
    page = opened.page
    opened.unfold()
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


@on_a_screen
def test_every_figure_is_shown(opened: OpenedReport) -> None:
    opened.unfold()
    for picture in opened.page.locator("figure img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => image.naturalWidth") == 1338
    picture.click()
    assert picture.evaluate("image => image.width") == 1338
    assert opened.is_as_wide_as_the_screen()


@pytest.mark.parametrize("is_open", [pytest.param(False, marks=pytest.mark.long), True])
def test_axe_finds_no_serious_fault(opened: OpenedReport, is_open: bool) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="no axe: pip install axe-playwright-python"
    )
    opened.unfold(is_open)
    options = {"resultTypes": ["violations"]}
    faults = axe.Axe().run(opened.page, options=options).response["violations"]
    serious = [each for each in faults if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
