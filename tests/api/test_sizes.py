"""Size distributions of inventories in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.api.sizes import fit_sizes
from slidelens.errors import InventoryError, ParamsError

AREAS_M2 = 500 * np.random.default_rng(0).random(200) ** (-1 / 1.4)  # a Pareto tail


def squares(*areas_m2: float) -> gpd.GeoDataFrame:
    """Return squares of given areas, a kilometre apart."""
    shapes = [
        shapely.box(325_000 + 1000 * i, 3_110_000, 325_000 + 1000 * i + side, 3_110_000 + side)
        for i, side in enumerate(np.sqrt(areas_m2))
    ]
    return gpd.GeoDataFrame(geometry=shapes, crs=32645)


def test_the_exponent_of_a_power_law_is_found() -> None:
    fit = fit_sizes(squares(*AREAS_M2), bootstrap=10)
    law = fit.fits.tail.fit
    assert law is not None
    assert law.alpha == pytest.approx(2.4, abs=3 * law.alpha_error)
    assert fit.areas_m2 == pytest.approx(AREAS_M2)
    assert repr(fit) == (
        f"<SizeFit inventory: 200 landslides, power law {law.alpha:.3f} ± {law.alpha_error:.3f}>"
    )


def test_slivers_and_small_landslides_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    assert fit_sizes(squares(400, 900, 0.01), bootstrap=0).areas_m2 == pytest.approx([400, 900])
    assert "inventory: 1 of 3 polygons is under 1 m² and left out" in caplog.messages
    large = fit_sizes(squares(400, 900), min_area_m2=500, bootstrap=0)
    assert large.areas_m2 == pytest.approx([900])


def test_no_landslide_has_no_fit_and_no_figure(tmp_path: Path) -> None:
    empty = squares(400).iloc[:0]
    fit = fit_sizes(empty, bootstrap=0)
    assert repr(fit) == "<SizeFit inventory: 0 landslides, no power law>"
    assert "<tr><th>power law exponent</th><td>–</td></tr>" in fit._repr_html_()
    with pytest.raises(InventoryError, match="inventory has no landslide to draw"):
        fit.plot(tmp_path / "sizes.png")
    assert not (tmp_path / "sizes.png").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bootstrap": -1}, r"bootstrap \(--bootstrap\) is -1; give 0 or at least 10"),
        ({"bootstrap": 1}, r"bootstrap \(--bootstrap\) is 1; give 0 or at least 10"),
        ({"min_area_m2": 0}, r"min_area_m2 \(--min-area-m2\) is 0; give an area over 0 m²"),
        ({"min_area_m2": float("nan")}, "is nan; give an area over 0 m²"),
    ],
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        fit_sizes(squares(400), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, r"seed \(--seed\) is -1; give a whole number from 0"),
        ({"seed": 2**32}, r"seed \(--seed\) is 4294967296; give a whole number from 0"),
        (
            {"bootstrap": 10**12},
            r"bootstrap \(--bootstrap\) is 1000000000000; give at most 1,000,000",
        ),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        fit_sizes("nowhere.gpkg", **options)
