"""`import slidelens as sl`: every public name, on small inputs and beside its command."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from geopandas.testing import assert_geodataframe_equal

import slidelens as sl
from slidelens.errors import InventoryError, OutputError, ParamsError
from support import commands
from support.studies import UTM, grid_of, write_image, write_shapes

ROOT = Path(__file__).parents[2]
Capture = pytest.CaptureFixture[str]
SQUARES = [
    shapely.box(320_000 + 300 * i, 3_110_000, 320_000 + 300 * i + 10 * (i + 2), 3_110_050)
    for i in range(20)
]


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    return write_shapes(tmp_path / "2015.gpkg", SQUARES)


def command(capsys: Capture, *words: object) -> dict[str, object]:
    printed: dict[str, object] = commands.printed_json(capsys, *words)
    return printed


def test_importing_slidelens_imports_nothing_heavy() -> None:
    code = (
        "import sys, slidelens; "
        "print(*{'numpy', 'geopandas', 'tensorflow', 'rasterio', 'mlflow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


def test_every_public_name_is_there_and_listed() -> None:
    assert dir(sl) == sorted(sl.__all__)
    assert all(getattr(sl, name) is not None for name in sl.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'map_scnee'"):
        sl.map_scnee  # noqa: B018


def test_what_a_function_returns_or_raises_can_be_named() -> None:
    for name in set(sl.__all__) - {"__version__", "errors"}:
        called = getattr(sl, name)
        if inspect.isfunction(called):
            returned = str(called.__annotations__["return"]).rpartition(".")[2]
            assert returned in {*sl.__all__, "GeoDataFrame"}, name
    code = "import slidelens as sl; print(sl.errors.SceneError.__mro__[1].__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "SlidelensError"


def test_examples_of_the_documentation_run(
    inventory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    grid = grid_of(64, 64)
    values = np.random.default_rng(1).integers(1, 3000, (64, 64, 3), np.uint16)
    write_image(tmp_path / "scene.tif", grid, values, (None,) * 3, nodata=None)
    write_image(tmp_path / "named.tif", grid, values, ("red", "green", "blue"))
    for name in ("2018", "2019", "predicted"):
        shutil.copy(inventory, tmp_path / f"{name}.gpkg")
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        exec(example, {})
    for path in ("my-map", "large-map"):
        assert (tmp_path / path / "probability.tif").is_file()
    told = re.findall(r"print\(error\) +# (.*)", page)
    assert capsys.readouterr().out.splitlines() == told


def test_kernel_density_of_a_file_and_of_a_frame_is_that_of_the_command(
    inventory: Path, tmp_path: Path, capsys: Capture
) -> None:
    of_path, of_frame = sl.kernel_density(inventory), sl.kernel_density(gpd.read_file(inventory))
    np.testing.assert_array_equal(of_path.array, of_frame.array)
    printed = command(capsys, "density", inventory, "-o", tmp_path / "command.tif")
    assert json.loads(json.dumps(of_path.to_dict())) == printed
    of_path.save(tmp_path / "api.tif")
    with rasterio.open(tmp_path / "api.tif") as api, rasterio.open(tmp_path / "command.tif") as cmd:
        np.testing.assert_array_equal(api.read(), cmd.read())
    assert "per km²" in repr(of_path)
    assert "<tr><th>landslides</th><td>20</td></tr>" in of_path._repr_html_()


def test_fitted_sizes_are_those_of_the_command(inventory: Path, capsys: Capture) -> None:
    fitted = sl.fit_sizes(inventory, bootstrap=20)
    assert json.loads(json.dumps(fitted.to_dict())) == command(
        capsys, "sizes", inventory, "--bootstrap", 20
    )
    with pytest.raises(ParamsError, match="bootstrap"):
        sl.fit_sizes(inventory, bootstrap=-1)


def test_histories_are_those_of_the_command(
    inventory: Path, tmp_path: Path, capsys: Capture
) -> None:
    later = write_shapes(tmp_path / "2016.gpkg", SQUARES[5:])
    histories = sl.trace_landslides({"2015": inventory, "2016": later})
    out = tmp_path / "landslides.gpkg"
    assert histories.to_dict() == command(capsys, "lifecycle", inventory, later, "-o", out)
    # 20 landslides, of which the first five are gone at the second date
    states = histories.observations.groupby(["date", "state"]).size().to_dict()
    assert states == {("2015", "new"): 20, ("2016", "persistent"): 15, ("2016", "healed"): 5}
    histories.save(tmp_path / "api.gpkg")
    assert len(gpd.read_file(tmp_path / "api.gpkg", layer="landslides")) == 20


def test_a_comparison_is_that_of_the_command(
    inventory: Path, tmp_path: Path, capsys: Capture
) -> None:
    predicted = write_shapes(
        tmp_path / "predicted.gpkg", [shape.buffer(2) for shape in SQUARES[3:]]
    )
    words = ["compare", inventory, predicted, "--bootstrap", 10, "-o", tmp_path / "command.gpkg"]
    comparison = sl.compare(inventory, predicted, bootstrap=10)
    printed = command(capsys, *words)
    assert json.loads(json.dumps(comparison.to_dict())) == printed
    comparison.save(tmp_path / "api.gpkg")
    for layer in ("agreement", "observed", "predicted"):
        api, cmd = (
            gpd.read_file(tmp_path / f"{name}.gpkg", layer=layer) for name in ("api", "command")
        )
        assert_geodataframe_equal(api, cmd)


def test_a_comparison_of_merged_fragments_is_that_of_the_command(
    inventory: Path, tmp_path: Path, capsys: Capture
) -> None:
    area = write_shapes(
        tmp_path / "aoi.gpkg", [shapely.box(319_900, 3_109_900, 326_000, 3_110_200)]
    )
    halves = [part for shape in SQUARES for part in (_half(shape, 0), _half(shape, 30))]
    predicted = write_shapes(tmp_path / "predicted.gpkg", halves)
    rules = sl.FragmentRules(max_gap_m=20, max_angle_deg=30)
    comparison = sl.compare(
        inventory, predicted, area=area, bootstrap=0, merge_fragments=True, rules=rules
    )
    words = ["compare", inventory, predicted, "--aoi", area, "--bootstrap", 0, "--merge-fragments"]
    printed = command(capsys, *words, "--max-gap-m", 20, "--max-angle-deg", 30)
    assert json.loads(json.dumps(comparison.to_dict())) == printed
    assert comparison.to_dict()["fragments"]["raw"] == 40


def _half(shape: shapely.Polygon, above_m: float) -> shapely.Polygon:
    left, bottom, right, _ = shape.bounds
    return shapely.box(left, bottom + above_m, right, bottom + above_m + 20)


def test_an_inventory_in_memory_needs_a_crs() -> None:
    with pytest.raises(InventoryError, match="no CRS"):
        sl.kernel_density(gpd.GeoDataFrame(geometry=SQUARES))


def test_read_inventory(inventory: Path) -> None:
    frame = sl.read_inventory(inventory)
    assert len(frame) == 20
    assert frame.crs == UTM


def test_a_map_is_that_of_the_command(
    pretrained: tuple[Path, object], tmp_path: Path, capsys: Capture
) -> None:
    folder = pretrained[0]
    scene_path, weights = folder / "raw/scenes/2013.tif", folder / "models/pretrained.weights.h5"
    scene, network = sl.open_scene(scene_path), sl.load_weights(weights)
    assert (scene.bands, network.bands) == (("green", "red", "nir"), ("green", "red", "nir"))
    assert scene.path.name in repr(scene)
    assert network.architecture in repr(network)
    assert f"<tr><th>weights</th><td>{network.path.name}</td></tr>" in network._repr_html_()
    assert f"<tr><th>scene</th><td>{scene.path.name}</td></tr>" in scene._repr_html_()
    mapped = sl.map_scene(scene, network)
    printed = command(capsys, "map", scene_path, "--weights", weights, "-o", tmp_path / "command")
    assert mapped.summary() == printed
    mapped.save(tmp_path / "api")
    for name in ("probability.tif", "inventory.gpkg"):
        assert (tmp_path / "api" / name).read_bytes() == (tmp_path / "command" / name).read_bytes()
    assert len(mapped.landslides) == printed["landslides"]
    assert "landslides" in repr(mapped)
    assert mapped._repr_html_().startswith("<")
    with pytest.raises(OutputError, match="nothing in it is overwritten"):
        mapped.save(tmp_path / "api")
