"""Small charts by date."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from slidelens.report.page.first_screen.charts import (
    WIDTH,
    Chart,
    Column,
    Mark,
    render_chart,
    render_key,
    round_up,
)


def chart_of(*columns: Column, highest: float = 1.0) -> Chart:
    return Chart("Title", columns, highest)


def numbers(pattern: str, text: str) -> list[float]:
    return [float(number) for number in re.findall(pattern, text)]


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0, 1), (-1, 1), (0.93, 1), (1, 1), (1.01, 1.2), (7.3, 8), (126, 150), (0.0203, 0.025)],
)
def test_the_axis_ends_at_a_round_number(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)


def test_marks_lie_where_their_values_are() -> None:
    """The axis reaches from 0 at 116 to 1 at 8 units from the top."""
    marks = [Mark("bar", "#123456", 0, 0.5), Mark("dot", "#123456", 0, 1.0)]
    svg = render_chart(chart_of(Column("2013", "half", marks)), now=0)
    assert numbers(r'<rect x="[^"]+" y="([^"]+)"', svg) == [62.0]
    assert numbers(r'height="([^"]+)" fill', svg) == [54.0]
    assert numbers(r'<circle cx="[^"]+" cy="([^"]+)"', svg) == [8.0]


def test_a_missing_value_is_marked_and_not_drawn_at_zero() -> None:
    svg = render_chart(chart_of(Column("2013", "no score, no landslide", ())), now=0)
    assert ">n/a<" in svg
    assert 'class="gap"' in svg
    assert "<circle" not in svg
    assert "Title. 2013: no score, no landslide." in svg


def test_the_chart_is_an_image_with_a_text_that_is_escaped() -> None:
    attack = "</title><script>"
    svg = render_chart(chart_of(Column(attack, f'"{attack}', ())), now=0)
    assert 'role="img" aria-label="Title. ' in svg
    assert "<script>" not in svg
    assert "url(" not in svg


def test_only_the_chosen_date_is_marked() -> None:
    columns = [Column(date, "", ()) for date in ("a", "b", "c")]
    svg = render_chart(chart_of(*columns), now=1)
    assert re.findall(r'class="(date(?: now)?)" data-date="(\d)"', svg) == [
        ("date", "0"),
        ("date now", "1"),
        ("date", "2"),
    ]


def test_labels_that_have_no_room_are_spared_but_not_the_last() -> None:
    columns = [Column(f"2018-{month:02}-01", "", ()) for month in range(1, 13)]
    svg = render_chart(chart_of(*columns), now=11)
    shown = re.findall(r'<text x="([^"]+)"[^>]*>(2018[^<]+)<', svg)
    assert shown[-1][1] == "2018-12-01"
    assert 3 <= len(shown) < 12
    places = [float(x) for x, _ in shown]
    assert min(b - a for a, b in pairwise(places)) > 60
    assert places[-1] + 31 <= WIDTH


def test_a_band_has_its_middle_as_a_line() -> None:
    chart = Chart("Title", [Column("a", "", ())], 1.0, band=(0.5, 0.75, 1.0))
    svg = render_chart(chart, now=0)
    assert numbers(r'class="band"[^>]*y="([^"]+)"', svg) == [8.0]
    assert numbers(r'class="mean"[^>]*y1="([^"]+)"', svg) == [35.0]


@pytest.mark.parametrize("kind", ["bar", "interval", "dot", "ring", "dash"])
def test_every_mark_has_a_key(kind: str) -> None:
    assert "#0072B2" in render_key(kind, "#0072B2")
