"""Figure of the transfer matrix."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from PIL import Image

from slidelens.report.figures.charts.transfer import draw_transfer
from slidelens.report.figures.style import FigureWriter


def rows(networks: int) -> pd.DataFrame:
    columns = ["trained_on", "tested_on", "f1", "f1_change"]
    dates = [str(2013 + number) for number in range(networks)]
    return pd.DataFrame([(a, b, 0.5, 0.25) for a in dates for b in dates], columns=columns)


def test_the_figure_grows_with_the_networks(tmp_path: Path) -> None:
    """4 cm and 0.75 cm for each network, at 200 dpi."""
    for networks in (2, 5):
        draw_transfer(FigureWriter(tmp_path), rows(networks))
        with Image.open(tmp_path / "transfer_matrix.png") as picture:
            assert picture.height == int((0.75 * networks + 4) / 2.54 * 200)


def test_without_rows_there_is_no_figure(tmp_path: Path) -> None:
    draw_transfer(FigureWriter(tmp_path), pd.DataFrame())
    assert list(tmp_path.iterdir()) == []
