"""Awkward inventories through every command that reads one, as a user would type it.

They are counted right, or refused in one line.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from slidelens import cli
from slidelens.geo.vectors.inventory import read_inventory
from support.commands import printed_json as run
from support.studies import UTM, write_shapes

Capture = pytest.CaptureFixture[str]
X, Y = 325_000, 3_110_000


def square(x: float, y: float, side: float = 100) -> shapely.Polygon:
    return shapely.box(X + x, Y + y, X + x + side, Y + y + side)


def moved(shape: shapely.Geometry, metres: float) -> shapely.Geometry:
    return shapely.transform(shape, lambda points: points + metres)


# Four landslides of a hectare, 1 km apart, beside each awkward one
PLAIN = [square(1000 * i, 0) for i in range(1, 5)]
BOWTIE = shapely.Polygon(
    [(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)]
)  # two triangles of 2 500 m²
SPIKE = shapely.Polygon(
    [(X, Y), (X + 100, Y), (X + 100, Y + 100), (X + 100, Y + 900), (X + 100, Y + 100), (X, Y + 100)]
)
RING = square(0, 0).difference(square(40, 40, 20))  # with a hole of 400 m²
SLIVER = shapely.box(X, Y, X + 400, Y + 0.001)
CASES: dict[str, tuple[list[shapely.Geometry], int, float, int]] = {
    # polygons, number of landslides beside the four, their ground in m², number of rows counted
    "invalid": ([BOWTIE], 1, 5000, 1),
    "invalid, with a spike": ([SPIKE], 1, 10_000, 1),
    "duplicate": ([square(0, 0), square(0, 0)], 1, 10_000, 2),
    "overlapping": ([square(0, 0), square(70, 0)], 2, 17_000, 2),
    "nested": ([square(0, 0), square(20, 20, 50)], 1, 10_000, 2),
    "nested in a hole": ([RING, square(40, 40, 20)], 2, 10_000, 2),
    "sliver": ([SLIVER, square(0, 500)], 2, 10_000.4, 1),  # `sizes` leaves out what is under 1 m²
    "multipart": ([shapely.MultiPolygon([square(0, 0), square(0, 300)])], 1, 20_000, 1),
    "touching": ([square(0, 0), square(100, 0)], 2, 20_000, 2),
    "a hole": ([RING], 1, 9600, 1),
}
BRIEF = [
    *product(("invalid", "overlapping", "nested in a hole", "multipart"), [UTM]),
    ("a hole", 4326),
]


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        pytest.param(name, crs, marks=[] if (name, crs) in BRIEF else pytest.mark.long)
        for name, crs in product(CASES, (UTM, 4326))
    ],
)
def test_polygons_of_every_kind(name: str, crs: Any, tmp_path: Path, capsys: Capture) -> None:
    shapes, landslides, ground_m2, counted = CASES[name]
    kind = "MultiPolygon" if name == "multipart" else "Polygon"
    shapes = [*shapes, *PLAIN]
    if kind == "MultiPolygon":
        shapes = [
            shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape
            for shape in shapes
        ]
    if crs != UTM:
        from pyproj import Transformer

        there = Transformer.from_crs(UTM.to_wkt(), crs, always_xy=True).transform
        shapes = [
            shapely.transform(shape, lambda xy: np.column_stack(there(xy[:, 0], xy[:, 1])))
            for shape in shapes
        ]
    path = write_shapes(tmp_path / "2013.gpkg", shapes, crs=crs, kind=kind)
    same = write_shapes(tmp_path / "2014.gpkg", shapes[::-1], crs=crs, kind=kind)
    relative, absolute = (None, 0.01) if crs == UTM else (1e-4, None)
    tight_m2 = 1 if crs == UTM else 10

    assert run(capsys, "sizes", path, "--bootstrap", 0)["n"] == counted + 4

    density = run(capsys, "density", path, "-o", tmp_path / "d.tif", "--radius-m", 500)
    assert density["n"] == len(shapes)

    life = run(capsys, "lifecycle", path, same, "-o", tmp_path / "o.gpkg", "--tolerance-m", 0)
    assert life["landslides"] == landslides + 4
    assert life["dates"]["2013"]["polygons"] == len(shapes)
    assert life["dates"]["2013"]["area_m2"] == pytest.approx(ground_m2 + 40_000, abs=tight_m2)
    # the same again: everything persists, and the ledger closes
    row = life["dates"]["2014"]
    assert row["persistent"] == landslides + 4
    assert (row["new_m2"], row["healed_m2"]) == (
        pytest.approx(0, abs=1e-3),
        pytest.approx(0, abs=1e-3),
    )
    assert row["carried_over_m2"] + row["new_m2"] - row["healed_m2"] == pytest.approx(
        row["area_m2"], abs=1e-6
    )

    found = run(capsys, "compare", path, same, "-o", tmp_path / "map.gpkg", "--bootstrap", 10)
    assert found["area_m2"]["observed"] == pytest.approx(ground_m2 + 40_000, abs=tight_m2)
    assert (found["area"]["f1"], found["mapping_error"]) == (
        pytest.approx(1, rel=relative, abs=absolute),
        pytest.approx(0, abs=1e-6),
    )
    assert found["object"]["f1"] == 1
    assert found["pixel"]["f1"] == 1
    assert set(read_inventory(tmp_path / "map.gpkg", "agreement").kind) == {"hit"}
    merged = run(capsys, "compare", path, same, "--merge", "--bootstrap", 0)
    assert merged["fragments"]["raw"] == len(shapes) >= merged["fragments"]["merged"]


def test_mixed_crs(tmp_path: Path, capsys: Capture) -> None:
    """The same ground in UTM 45 and 44 and in degrees is the same ground."""
    from pyproj import Transformer

    def saved(name: str, epsg: int) -> Path:
        there = Transformer.from_crs(UTM.to_wkt(), epsg, always_xy=True).transform
        shapes = [
            shapely.transform(shape, lambda xy: np.column_stack(there(xy[:, 0], xy[:, 1])))
            for shape in PLAIN
        ]
        return write_shapes(tmp_path / name, shapes, crs=epsg)

    one, two, three = (
        saved("2013.gpkg", 32645),
        saved("2014.gpkg", 32644),
        saved("2015.geojson", 4326),
    )
    life = run(capsys, "lifecycle", three, one, two, "-o", tmp_path / "o.gpkg")
    assert life["landslides"] == 4
    assert [life["dates"][date]["persistent"] for date in ("2014", "2015")] == [4, 4]
    for other in (two, three):
        assert run(capsys, "compare", one, other, "--bootstrap", 0)["area"]["iou"] == pytest.approx(
            1, abs=1e-4
        )
    area = saved("aoi.gpkg", 4326)
    assert run(capsys, "density", one, "--aoi", area, "--radius-m", 100)["n"] == 4


def test_empty_dates_and_a_single_date(tmp_path: Path, capsys: Capture) -> None:
    empty, full = (
        write_shapes(tmp_path / "2013.gpkg", []),
        write_shapes(tmp_path / "2014.gpkg", PLAIN),
    )
    area = write_shapes(tmp_path / "aoi.gpkg", [square(0, 0, 5000)])
    assert run(capsys, "lifecycle", empty, "-o", tmp_path / "o.gpkg")["landslides"] == 0
    assert run(capsys, "lifecycle", full, "-o", tmp_path / "o.gpkg")["dates"]["2014"]["new"] == 4
    assert (
        run(capsys, "lifecycle", full, empty, "-o", tmp_path / "o.gpkg")["dates"]["2014"]["new"]
        == 4
    )
    assert run(capsys, "sizes", empty)["power_law"]["alpha"] is None
    density = run(capsys, "density", empty, "--aoi", area)
    assert (density["n"], density["peak_per_km2"], density["mean_per_km2"]) == (0, 0, 0)
    assert run(capsys, "compare", full, empty, "--merge", "--bootstrap", 0)["pixel"]["f1"] == 0
    assert run(capsys, "compare", empty, full, "--merge", "--bootstrap", 0)["pixel"]["f1"] is None


@pytest.mark.parametrize("command", ["sizes", "density", "compare", "lifecycle"])
def test_the_antimeridian_is_refused_in_one_line(
    command: str, tmp_path: Path, capsys: Capture
) -> None:
    path = write_shapes(
        tmp_path / "2013.gpkg",
        [shapely.box(179.99, -17, 180, -16.99), shapely.box(-180, -17, -179.99, -16.99)],
        crs=4326,
    )
    arguments: list[object] = [path]
    if command == "compare":
        arguments = [path, path]
    elif command == "lifecycle":
        arguments = [path, "-o", tmp_path / "o.gpkg"]
    assert cli.main([command, *map(str, arguments)]) == 2
    (line,) = [
        line for line in capsys.readouterr().err.splitlines() if not line.startswith("warning")
    ]
    assert line.startswith(
        f"slidelens {command}: 2013.gpkg crosses the antimeridian (longitudes -180 to 180); "
        "give it in a projected CRS"
    )
    assert not (tmp_path / "o.gpkg").exists()


@pytest.mark.parametrize("command", ["sizes", "density", "compare", "lifecycle"])
def test_order_and_place_make_no_difference(command: str, tmp_path: Path, capsys: Capture) -> None:
    random = np.random.default_rng(3)
    shapes = [
        square(x, y, side) for x, y, side in random.integers((0, 0, 20), (3000, 3000, 150), (40, 3))
    ]
    others = [moved(shape, 10) for shape in shapes[:30]]
    results = []
    # 7 km off, which is a whole number of pixels, and of cells of 20 m
    for folder, order, offset_m in (("here", 1, 0), ("there", -1, 7000)):
        first, second = (
            write_shapes(
                tmp_path / folder / name, [moved(shape, offset_m) for shape in landslides[::order]]
            )
            for name, landslides in (("2013.gpkg", shapes), ("2014.gpkg", others))
        )
        arguments: dict[str, list[object]] = {
            "compare": [first, second, "--bootstrap", 20],
            "lifecycle": [first, second, "-o", tmp_path / folder / "o.gpkg"],
            "density": [first, "--cell-m", 20],
            "sizes": [first, "--bootstrap", 20],
        }
        results.append(run(capsys, command, *arguments[command]))
    for result in results:
        # by placing landslides at random; a place; on cells that are a fraction of the extent
        for name in ("path_dependency", "peak_at", *(["density"] if command == "compare" else [])):
            result.pop(name, None)
    assert _close(results[0]) == _close(results[1])


def _close(value: Any) -> Any:
    """The same without the last digits."""
    if isinstance(value, dict):
        return {name: _close(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_close(each) for each in value]
    return round(value, 4) + 0.0 if isinstance(value, float) else value
