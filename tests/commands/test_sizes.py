"""`slidelens sizes` as a user would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.api.sizes import fit_sizes
from slidelens.errors import OutputError
from slidelens.geo.vectors.inventory import write_inventory
from support import commands

Capture = pytest.CaptureFixture[str]


def squares(areas_m2: np.ndarray, epsg: int = 32645) -> gpd.GeoDataFrame:
    """Square landslides of given areas, a kilometre apart."""
    half = np.sqrt(areas_m2) / 2
    x, y = (
        325_000 + 1000.0 * (np.arange(len(half)) % 20),
        3_110_000 + 1000.0 * (np.arange(len(half)) // 20),
    )
    return gpd.GeoDataFrame(
        geometry=shapely.box(x - half, y - half, x + half, y + half), crs=32645
    ).to_crs(epsg)


PARETO = 500 * np.random.default_rng(0).random(200) ** (-1 / 1.4)


def saved(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    write_inventory(frame, folder / name)
    return folder / name


def run(capsys: Capture, *arguments: object) -> dict[str, Any]:
    quick = [] if "--bootstrap" in arguments else ["--bootstrap", "10"]
    printed: dict[str, Any] = commands.printed_json(capsys, "sizes", *arguments, *quick)
    return printed


def refused(capsys: Capture, *arguments: object) -> str:
    return commands.refusal(capsys, "sizes", *arguments)


def test_a_power_law_is_fitted_and_a_missing_rollover_reported(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    printed = run(capsys, saved(tmp_path, "a.gpkg", squares(PARETO)))
    assert printed["n"] == 200
    assert printed["power_law"]["alpha"] == pytest.approx(
        2.4, abs=3 * printed["power_law"]["alpha_error"]
    )
    assert {"alpha", "alpha_error", "xmin_m2", "lognormal_p"} <= set(printed["power_law"])
    assert {"rho", "a_km2", "s_km2", "reliable"} <= set(printed["inverse_gamma"])
    assert not printed["inverse_gamma"]["reliable"]
    assert printed["mls"] > 2
    assert any(
        message.startswith("a.gpkg: the inverse gamma is not reliable: only ")
        for message in caplog.messages
    )


def test_geographic_coordinates_give_the_same_numbers(tmp_path: Path, capsys: Capture) -> None:
    metric, degrees = (
        run(capsys, saved(tmp_path, f"{epsg}.gpkg", squares(PARETO, epsg)))["power_law"]
        for epsg in (32645, 4326)
    )
    assert degrees["alpha"] == pytest.approx(metric["alpha"], rel=1e-3)


def test_a_figure_is_called_a_png(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", squares(PARETO))
    assert refused(capsys, inventory, "--figure", tmp_path / "s.pdf").endswith("s.png")
    with pytest.raises(OutputError, match=r"s\.pdf would hold a PNG image"):
        fit_sizes(inventory, bootstrap=0).plot(tmp_path / "s.pdf")


def test_a_figure_is_drawn(tmp_path: Path, capsys: Capture) -> None:
    file, figure = saved(tmp_path, "a.gpkg", squares(PARETO)), tmp_path / "sizes.png"
    run(capsys, file, "--figure", figure, "--bootstrap", 0)
    from matplotlib.image import imread

    image = imread(tmp_path / "sizes.png")
    assert image.shape[0] > 500
    assert image.shape[1] > 1000
    # The red of the power law and the blue of the inverse gamma are there
    for colour in ((0xB2, 0x18, 0x2B), (0x21, 0x66, 0xAC)):
        assert (np.abs(image[..., :3] * 255 - colour).max(axis=-1) < 8).sum() > 100


def test_a_figure_of_one_landslide_is_drawn(tmp_path: Path, capsys: Capture) -> None:
    run(
        capsys,
        saved(tmp_path, "a.gpkg", squares(np.array([400.0]))),
        "--figure",
        tmp_path / "sizes.png",
    )
    assert (tmp_path / "sizes.png").stat().st_size > 1000


def test_a_minimum_area_leaves_smaller_ones_out(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    printed = run(capsys, saved(tmp_path, "a.gpkg", squares(PARETO)), "--min-area-m2", 1000)
    assert (printed["n"], printed["truncated_at_m2"]) == ((PARETO >= 1000).sum(), 1000)
    assert (
        f"a.gpkg: {(PARETO < 1000).sum()} of 200 polygons are under 1000 m² and left out"
        in caplog.messages
    )


def test_slivers_do_not_set_the_smallest_area(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    printed = run(capsys, saved(tmp_path, "a.gpkg", squares(np.append(PARETO, 0.01))))
    assert (printed["n"], printed["truncated_at_m2"]) == (
        200,
        pytest.approx(PARETO.min(), abs=0.01),
    )
    assert "a.gpkg: 1 of 201 polygons is under 1 m² and left out" in caplog.messages


def test_an_empty_inventory_has_no_fit_and_says_why(tmp_path: Path, capsys: Capture) -> None:
    empty = saved(tmp_path, "empty.gpkg", squares(np.empty(0)))
    printed = run(capsys, empty)
    assert (
        printed["n"],
        printed["mls"],
        printed["power_law"]["alpha"],
        printed["inverse_gamma"]["rho"],
    ) == (0, None, None, None)
    assert printed["power_law"]["why"] == ["0 landslides of 0 distinct areas; 2 are needed"]
    message = refused(capsys, empty, "--bootstrap", 10, "--figure", tmp_path / "sizes.png")
    assert message.endswith("empty.gpkg has no landslide to draw; leave the figure out (--figure)")


def test_order_place_and_duplicates(tmp_path: Path, capsys: Capture) -> None:
    frame = squares(PARETO)
    first = run(capsys, saved(tmp_path, "a.gpkg", frame), "--bootstrap", 0)
    moved = frame.iloc[::-1].translate(5000, -3000).to_frame("geometry")
    moved_numbers = run(capsys, saved(tmp_path, "b.gpkg", moved), "--bootstrap", 0)
    assert first["power_law"]["alpha"] == pytest.approx(
        moved_numbers["power_law"]["alpha"], rel=1e-6
    )
    twice = gpd.GeoDataFrame(geometry=[*frame.geometry, *frame.geometry], crs=32645)
    doubled = run(capsys, saved(tmp_path, "c.gpkg", twice), "--bootstrap", 0)
    assert doubled["power_law"]["n_tail"] == 2 * first["power_law"]["n_tail"]


def test_bad_numbers_are_refused(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", squares(PARETO))
    assert refused(capsys, inventory, "--bootstrap", -1).endswith(
        "bootstrap (--bootstrap) is -1; give 0 or at least 10"
    )
    assert refused(capsys, inventory, "--min-area-m2", 0).endswith(
        "min_area_m2 (--min-area-m2) is 0; give an area over 0 m²"
    )


def test_real_inventories(real_data: Path, capsys: Capture) -> None:
    nepal = run(capsys, real_data / "inventories" / "nepal" / "2015.gpkg")
    assert (nepal["power_law"]["alpha"], nepal["power_law"]["alpha_error"]) == (
        pytest.approx(1.974, abs=5e-4),
        pytest.approx(0.172, abs=5e-4),
    )
    guinea = run(capsys, real_data / "inventories" / "png" / "2018.gpkg")
    # 1,557 landslides carry the rollover that 98 do not; the two tails agree: rho + 1 = alpha
    assert guinea["inverse_gamma"]["reliable"]
    assert not nepal["inverse_gamma"]["reliable"]
    assert guinea["inverse_gamma"]["rho"] + 1 == pytest.approx(
        guinea["power_law"]["alpha"], abs=0.03
    )


def test_an_environment_for_another_proj_does_not_matter(tmp_path: Path) -> None:
    file = saved(tmp_path, "a.gpkg", squares(np.full(10, 400.0)))
    environment = {**os.environ, "PROJ_DATA": "/nowhere", "PROJ_LIB": "/nowhere"}
    result = subprocess.run(
        [sys.executable, "-m", "slidelens", "sizes", str(file), "--bootstrap", "0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["n"] == 10
