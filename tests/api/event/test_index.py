"""The list of the reports of several scenes."""

from __future__ import annotations

from slidelens.api.event.index import IndexRow, render_index

DONE = IndexRow("a b", "s/a b.tif", "done", 1200, 2.5e6, 40.0, "", True)
FAILED = IndexRow("c", "<i>.tif", "failed", None, None, None, "cannot read <i>.tif", False)


def test_reports_are_linked_and_failures_told() -> None:
    page = render_index([DONE, FAILED], "w.weights.h5")
    assert '<a href="a%20b/report.html">a b</a>' in page
    assert "failed: cannot read &lt;i&gt;.tif" in page
    assert "<i>" not in page
    assert "<dd>1,200</dd>" in page
    assert "<dd>1 of 2</dd>" in page
    assert "2.5 km²" in page


def test_scenes_that_wait_have_no_numbers() -> None:
    waiting = IndexRow("a", "a.tif", "waiting", None, None, None, "", False)
    page = render_index([waiting], "w.weights.h5")
    assert ">waiting<" in page
    assert "report.html" not in page
