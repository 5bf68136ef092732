"""Cards of the four numbers."""

from __future__ import annotations

import re

from slidelens.report.page.first_screen.cards import render_cards
from slidelens.report.page.first_screen.key_numbers import key_numbers
from support.report.page import DATES, REASONS, report_tables

HTML = render_cards(key_numbers(report_tables(), DATES, REASONS))


def test_every_date_has_its_number_and_the_latest_is_shown() -> None:
    values = re.findall(r'<p class="value" data-date="(\d)"( hidden)?><strong>([^<]+)<', HTML)
    assert values[:3] == [("0", " hidden", "0.75"), ("1", " hidden", "–"), ("2", "", "–")]
    assert len(values) == 4 * len(DATES)


def test_a_card_leads_to_the_table_of_its_number() -> None:
    links = re.findall(r'<a href="#(\w+)">Table', HTML)
    assert links == ["table3", "area_by_state", "estimates", "table4"]


def test_the_strip_leads_to_the_cards() -> None:
    strip = HTML[: HTML.index("</p>")]
    for name in re.findall(r'href="#([\w-]+)"', strip):
        assert f'<section class="card" id="{name}">' in HTML
    assert strip.count("<a ") == 4
