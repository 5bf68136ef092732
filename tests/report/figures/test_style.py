"""Size, bytes and background of the figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from slidelens.report.figures.style import (
    MAX_HEIGHT_CM,
    FigureWriter,
    date_lines,
    dim,
    label_powers_of_ten,
    panel_height_cm,
    panels,
)
from support.studies import grid_of


def test_a_figure_is_a_page_wide_at_200_dpi_and_reproducible(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("a", "b"):
        with FigureWriter(tmp_path, "a note").figure(name, 5) as figure:
            figure.add_subplot().plot([1, 2])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        assert picture.width == int(17 / 2.54 * 200)


def test_a_figure_that_fails_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), FigureWriter(tmp_path).figure("a", 5):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_black_pixels_in_shade_stay_distinct_from_nodata() -> None:
    image, valid = np.zeros((1, 2, 3), np.uint8), np.array([[True, False]])
    assert dim(image, valid)[0, :, 0].tolist() == [50, 0]


def test_a_figure_is_at_most_as_high_as_a_page(tmp_path: Path) -> None:
    with FigureWriter(tmp_path).figure("a", 99) as figure:
        assert figure.get_figheight() == pytest.approx(MAX_HEIGHT_CM / 2.54)


def test_panels_fill_rows_and_a_single_one_half_a_page() -> None:
    """Five panels in rows of three leave one empty; one panel shares its row with an empty one."""
    for number, shape in ((5, (2, 3)), (1, (1, 2))):
        figure = Figure()
        axes = panels(figure, number, 3)
        assert len(axes) == number
        grid = axes[0].get_gridspec()
        assert grid is not None
        assert (grid.nrows, grid.ncols) == shape
        assert sum(panel.get_visible() for panel in figure.axes) == number


def test_a_panel_has_the_shape_of_its_map() -> None:
    """Two columns of 17 cm less a gap of 0.3 cm each: 8.2 cm wide, half as high."""
    assert panel_height_cm(grid_of(20, 40), 2) == pytest.approx(4.1)


def test_24_dates_have_different_lines() -> None:
    lines = [(line["color"], str(line["linestyle"])) for line in date_lines(24)]
    assert len(set(lines)) == 24


def test_names_with_dollar_signs_are_no_mathematics(tmp_path: Path) -> None:
    with FigureWriter(tmp_path).figure("a", 5) as figure:
        axes = figure.add_subplot(title=r"$\frac{broken$")
        axes.set_xticks([0], ["$x^2$"])
        texts = [axes.title, *axes.get_xticklabels()]
        assert not any(text.get_parse_math() for text in texts)
    assert (tmp_path / "a.png").stat().st_size


def test_logarithmic_axes_are_labelled_in_text(tmp_path: Path) -> None:
    with FigureWriter(tmp_path).figure("a", 5) as figure:
        axes = figure.add_subplot(xscale="log", yscale="log", xlim=(1e-2, 1e3), ylim=(2, 8))
        label_powers_of_ten(axes)
        figure.draw_without_rendering()
        across, up = axes.get_xticklabels(), axes.get_yticklabels(which="both")
    assert {"10⁻¹", "10⁰", "10³"} <= {text.get_text() for text in across}
    assert "3×10⁰" in {text.get_text() for text in up}
