"""A study of a stranger whose texts try to become something else, opened in a browser."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import pytest
import yaml

from slidelens.learning.inference.weights import metadata_text
from slidelens.stages.report import report
from support.report.browser import OpenedReport
from support.report.reported import draw_coarsely, write_results
from support.report.results import weights_metadata
from support.studies import Date

DATES = {"2013": Date(), "2014": Date(number=4)}
ATTACKS = (
    "<script>pwned(1)</script>",
    "<img src=http://attack.invalid/x.png onerror=pwned(2)>",
    "\"'><svg onload=pwned(3)>",
    "]]></script><script>pwned(4)</script><!--<script>",
    "javascript:pwned(5)",
    "=HYPERLINK(\"http://attack.invalid\",'x')",
    "${pwned(6)} $title `<b onclick=pwned(7)>b</b>`",
    "$\\frac{broken$",
    "\x1b[31m\x07\u202egpj.exe",
    "</style><style>@import 'http://attack.invalid/x.css';</style>",
)
EVERYTHING = " ".join(ATTACKS)
SECRET = "geheim123"
ADDRESS = f"https://user:{SECRET}@data.invalid/scene.tif?X-Amz-Signature={SECRET}"
INJECTED = """() => ({
    handlers: [...document.querySelectorAll("*")].filter(
        e => e.getAttributeNames().some(name => name.startsWith("on"))).length,
    scripts: document.querySelectorAll("script").length,
    styles: document.querySelectorAll("style").length,
    outside: [...document.querySelectorAll("[src], [href]")].filter(
        e => !/^(data:|#)/.test(e.getAttribute("src") || e.getAttribute("href"))).length,
    foreign: document.querySelectorAll(
        "svg:not(.card svg), iframe, object, embed, form, base").length,
    bold: document.querySelectorAll("b").length,
})"""


@pytest.fixture(scope="module")
def hostile(browser: Any, store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report's folder; the browser is asked for first, so that its absence skips."""
    root = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        patch.setenv("DVC_EXP_NAME", EVERYTHING)
        draw_coarsely(patch)
        params = write_results(root, DATES)
        phases = {"2013": EVERYTHING, "2014": "=1+1"}
        scenes = {"scene": f"{ADDRESS} {EVERYTHING}", "inventory": EVERYTHING}
        # Unchecked, as if reading the parameters let them pass.
        pretrain = params.study.sources[None].model_copy(update=scenes)
        study = params.study.model_copy(update={"pretrain": pretrain})
        shown = params.report.model_copy(update={"phases": phases})
        params = params.model_copy(update={"study": study, "report": shown})
        _write_weights(root / "models/pretrained.weights.h5", params)
        _write_tables(root)
        report(params, root)
    return root / "report"


def _write_weights(path: Path, params: Any) -> None:
    """Name the bands of the network like attacks."""
    metadata = weights_metadata(params.model, params.filters)
    statistics = replace(metadata.statistics, bands=ATTACKS[:3])
    with h5py.File(path, "w") as file:
        file.attrs["slidelens"] = metadata_text(replace(metadata, statistics=statistics))


def _write_tables(root: Path) -> None:
    folder = root / "metrics/experiments"
    folder.mkdir(parents=True)
    with (folder / "ablations.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["experiment", "f1", "f1_2013", "f1_2014", EVERYTHING])
        writer.writerows([text, 0.5, 0.5, 0.5, text] for text in ATTACKS)
    (folder / "table2.csv").write_text("<script>pwned(8)</script>\n1\n")
    dep = {"path": f"{ADDRESS} {EVERYTHING}", "md5": EVERYTHING}
    lock = {"schema": "2.0", "stages": {EVERYTHING: {"cmd": "x", "deps": [dep]}}}
    (root / "dvc.lock").write_text(yaml.safe_dump(lock, allow_unicode=True))


@pytest.fixture
def visited(browser: Any, hostile: Path) -> Iterator[OpenedReport]:
    context = browser.new_context(accept_downloads=True)
    visited = OpenedReport(context.new_page())
    page = visited.page
    page.expose_function("pwned", lambda number: visited.messages.append(f"attack {number}"))
    page.on("console", lambda message: visited.messages.append(message.text))
    page.on("pageerror", lambda error: visited.messages.append(str(error)))
    page.on("dialog", lambda dialog: visited.messages.append(dialog.message))
    page.on("request", lambda sent: visited.requests.append(sent.url))
    page.goto((hostile / "index.html").as_uri())
    yield visited
    context.close()


def test_nothing_of_it_is_run_or_requested(visited: OpenedReport, hostile: Path) -> None:
    page = visited.page
    visited.unfold()
    for button in page.locator("button:visible").all()[:60]:
        button.click(no_wait_after=True)
    page.locator("#next").click()
    page.wait_for_timeout(500)
    assert visited.messages == []
    requests = [url for url in visited.requests if not url.startswith(("data:", "blob:"))]
    assert requests == [(hostile / "index.html").as_uri()]
    assert page.evaluate(INJECTED) == {
        "handlers": 0,
        "scripts": 2,
        "styles": 1,
        "outside": 0,
        "foreign": 0,
        "bold": 0,
    }


def test_its_texts_are_shown_as_they_are(visited: OpenedReport) -> None:
    body = visited.text("body")
    for text in ATTACKS:
        shown = text.replace("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\u202e", "\\u202e")
        assert shown.replace("`", "") in body.replace("`", "") or text.startswith("="), text
    assert "\u202e" not in body


def test_its_tables_hold_no_formula(visited: OpenedReport, hostile: Path) -> None:
    files = {path.stem: path.read_bytes() for path in (hostile / "tables").glob("*.csv")}
    cells = [
        cell
        for content in files.values()
        for row in csv.reader(content.decode().splitlines())
        for cell in row
    ]
    assert "'=1+1" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []
    visited.unfold()
    with visited.page.expect_download() as waiting:
        visited.page.locator("#ablations button.csv").click()
    assert Path(waiting.value.path()).read_bytes() == files["ablations"]


def test_no_file_is_written_beside_the_report(hostile: Path) -> None:
    assert {path.name for path in hostile.iterdir()} == {
        "curves",
        "figures",
        "index.html",
        "tables",
    }
    assert not list(hostile.parent.glob(".report*"))


def test_no_secret_is_in_the_report(hostile: Path) -> None:
    html = (hostile / "index.html").read_text()
    assert "https://data.invalid/scene.tif" in html
    assert SECRET not in html


def test_the_policy_of_the_page_forbids_what_escaping_might_miss(
    browser: Any, hostile: Path, tmp_path: Path
) -> None:
    html = (hostile / "index.html").read_text()
    injected = f"</p>{ATTACKS[0]}{ATTACKS[1]}<style>body {{ color: red }}</style><base href='//x'>"
    (tmp_path / "index.html").write_text(html.replace("<main>", f"<main>{injected}"))
    page = browser.new_page()
    calls: list[int] = []
    requests: list[str] = []
    page.expose_function("pwned", lambda number: calls.append(int(number)))
    page.on("requestfailed", lambda sent: requests.append(f"{sent.url} {sent.failure}"))
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_timeout(300)
    assert calls == []
    assert [request for request in requests if not request.endswith(" csp")] == []
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert page.locator("#date-label").text_content() == "2014"  # our own script runs
    page.close()
