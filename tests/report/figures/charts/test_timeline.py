"""Area by state."""

from __future__ import annotations

import pandas as pd

from slidelens.report.figures.charts.timeline import area_by_state


def test_area_by_state_has_every_date_and_state() -> None:
    rows = pd.DataFrame(
        {"date": ["a", "a", "b"], "state": ["new", "new", "healed"], "area_m2": [2.0, 3.0, 0.0]}
    )
    table = area_by_state(rows, ["a", "b", "c"])
    assert list(table.index) == ["a", "b", "c"]
    assert table.loc["a", "new"] == 5
    assert table.to_numpy().sum() == 5
    assert "healed" not in table
