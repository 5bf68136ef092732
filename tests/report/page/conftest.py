"""The report opened in a browser at two widths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slidelens.stages.report import report
from support.report.browser import HEIGHTS, PHONE_WIDTH, OpenedReport
from support.report.reported import write_results
from support.studies import DATES


@pytest.fixture(scope="module")
def index(browser: Any, store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a report; the browser is asked for first, so that its absence skips."""
    root = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        report(write_results(root, DATES), root)
    return root / "report/index.html"


@pytest.fixture(params=HEIGHTS)
def opened(browser: Any, index: Path, request: pytest.FixtureRequest) -> Iterator[OpenedReport]:
    """The report at the width of a phone, with touch, and of a large screen.

    Afterwards the console must be empty, and nothing but the page itself have been requested.
    """
    size = {"width": request.param, "height": HEIGHTS[request.param]}
    context = browser.new_context(
        viewport=size, has_touch=request.param == PHONE_WIDTH, accept_downloads=True
    )
    report_page = OpenedReport(context.new_page())
    report_page.page.on("console", lambda message: report_page.messages.append(message.text))
    report_page.page.on("pageerror", lambda error: report_page.messages.append(str(error)))
    report_page.page.on("request", lambda sent: report_page.requests.append(sent.url))
    report_page.page.goto(index.as_uri())
    yield report_page
    assert report_page.messages == []
    requests = [url for url in report_page.requests if not url.startswith(("data:", "blob:"))]
    assert requests == [index.as_uri()]
    context.close()
