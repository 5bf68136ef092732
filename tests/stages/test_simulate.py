"""Stage `simulate`.

Files in their places, the same bytes every time, one line for bad parameters.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import yaml

from slidelens.demo.params import DemoParams, load_demo_params, parse_demo_params
from slidelens.errors import OutputError, ParamsError
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.stages.simulate import main, simulate

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "README.md",
    "aoi.gpkg",
    "inventories/2015.gpkg",
    "inventories/2016.gpkg",
    "pretrain/aoi.gpkg",
    "pretrain/inventory.gpkg",
    "pretrain/scene.tif",
    "scenes/2015.tif",
    "scenes/2016.tif",
    "terrain/dem.tif",
    "truth/cover.tif",
    "truth/landslides.gpkg",
}


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("simulate") / "study"
    simulate(DemoParams.tiny(), made)
    return made


def test_every_file_is_in_its_place(folder: Path) -> None:
    assert set(digests(folder)) == FILES
    assert "Everything in this folder is simulated" in (folder / "README.md").read_text()


@pytest.mark.parametrize("name", ["scenes/2015.tif", "pretrain/scene.tif"])
def test_a_scene_says_what_it_is(folder: Path, name: str) -> None:
    with rasterio.open(folder / name) as scene:
        assert scene.descriptions == ("blue", "green", "red", "red_edge", "nir")
        assert (scene.dtypes[0], scene.nodata, scene.crs.to_epsg(), scene.res) == (
            "uint16",
            0,
            32645,
            (5.0, 5.0),
        )
        assert scene.tags()["SIMULATED"] == "yes"
        assert scene.tags()["ACQUISITION_DATE"] == (
            "2015-11-05" if "2015" in name else "2016-11-05"
        )
        assert (scene.profile["tiled"], scene.profile["compress"]) == (True, "deflate")
        assert scene.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "2"
        assert scene.read().min() > 0


def test_landslides_are_brighter_in_red_than_the_forest(folder: Path) -> None:
    from slidelens.geo.geotiff import read_scene
    from slidelens.geo.rasterise import rasterise

    scene = read_scene(folder / "scenes/2016.tif")
    slides = rasterise(read_inventory(folder / "inventories/2016.gpkg").geometry, scene.grid)
    red = scene.pixels[..., 2]
    assert red[slides].mean() > 1.5 * np.median(red[~slides])


def test_the_truth_has_two_layers_and_an_identifier_through_the_years(folder: Path) -> None:
    path = folder / "truth/landslides.gpkg"
    assert sorted(name for name, _ in pyogrio.list_layers(path)) == ["landslides", "observations"]
    seen = pyogrio.read_dataframe(path, layer="observations")
    assert {"landslide_id", "date", "state", "area_m2"} <= set(seen.columns)
    both = set(seen.landslide_id[seen.date == "2015"]) & set(seen.landslide_id[seen.date == "2016"])
    assert len(both) == 6


def simulate_apart(out: Path, hash_seed: str) -> subprocess.CompletedProcess[str]:
    """Simulate in a process of its own.

    It has one thread: without AVX-512 the last bits of matrix products depend on their number.
    """
    params = out.with_name("params.yaml")
    params.write_text(yaml.safe_dump(DemoParams.tiny().model_dump(mode="json")))
    command = [sys.executable, "-m", "slidelens.stages.simulate", "--params", str(params)]
    environment = os.environ | {
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(ROOT / "src"),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [*command, "-o", str(out)], env=environment, capture_output=True, text=True, check=False
    )


def test_the_same_parameters_give_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    for name, hash_seed in (("one", "1"), ("other", "123")):
        done = simulate_apart(tmp_path / name, hash_seed)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert "2015: 6 landslides drawn" in done.stderr
        assert "2016: 6 landslides drawn" in done.stderr
    assert digests(tmp_path / "one") == digests(tmp_path / "other")


def test_another_seed_gives_another_study(folder: Path, tmp_path: Path) -> None:
    simulate(DemoParams.tiny(seed=2, side_px=128, landslides=2), tmp_path / "other")
    assert digests(tmp_path / "other")["scenes/2015.tif"] != digests(folder)["scenes/2015.tif"]


def test_a_date_without_landslides_has_an_empty_inventory(tmp_path: Path) -> None:
    params = DemoParams.tiny(side_px=128, landslides=2)
    empty = params.dates["2015"].model_copy(update={"landslides": 0})
    simulate(
        params.model_copy(update={"dates": params.dates | {"2015": empty}}), tmp_path / "study"
    )
    assert len(read_inventory(tmp_path / "study/inventories/2015.gpkg")) == 0
    assert len(read_inventory(tmp_path / "study/inventories/2016.gpkg")) == 2


def test_the_demo_itself_has_the_papers_dates_and_counts() -> None:
    params = load_demo_params(ROOT / "demo/params.yaml")
    assert {date: values.landslides for date, values in params.dates.items()} == {
        "2013": 31, "2014": 26, "2015": 136, "2016": 95, "2017": 63, "2018": 55, "2019": 52,
    }  # fmt: skip
    assert [values.acquired.date().isoformat() for values in params.dates.values()] == [
        "2013-11-07", "2014-11-30", "2015-11-09", "2016-11-04",
        "2017-11-12", "2018-10-24", "2019-11-10",
    ]  # fmt: skip
    area = params.area
    assert area.rows_px * area.columns_px * params.pixel_m**2 * area.aoi_share == pytest.approx(
        33e6, rel=0.01
    )
    assert params.pretrain.landslides == 55


def test_parameters_survive_a_round_trip_through_yaml() -> None:
    params = DemoParams.tiny()
    assert (
        parse_demo_params(yaml.safe_load(yaml.safe_dump(params.model_dump(mode="json"))), "here")
        == params
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": 3}, "here: seeds is 3; extra inputs are not permitted"),
        ({"seed": "many"}, "here: seed is 'many'; input should be a valid integer"),
        (
            {"pixel_m": -5.0},
            "here: pixel_m is -5.0; input should be greater than or equal to 0.001",
        ),
        ({"dates": {}}, "here: dates is {}; dictionary should have at least 1 item"),
    ],
)
def test_bad_parameters_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ParamsError, match=f"^{message}"):
        parse_demo_params(DemoParams.tiny().model_dump() | change, "here")


def test_the_pretraining_date_must_be_one_of_the_dates() -> None:
    values = DemoParams.tiny().model_dump()
    values["pretrain"]["date"] = "1999"
    with pytest.raises(ParamsError, match=r"pretrain\.date is 1999; give one of dates: 2015, 2016"):
        parse_demo_params(values, "here")


def test_missing_or_broken_parameters_give_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--params", str(tmp_path / "none.yaml"), "-o", str(tmp_path / "study")]) == 2
    assert "there is no" in capsys.readouterr().err
    broken = tmp_path / "broken.yaml"
    broken.write_text("seed: [1")
    assert main(["--params", str(broken), "-o", str(tmp_path / "study")]) == 2
    error = capsys.readouterr().err
    assert "is not YAML" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "study").exists()


def test_nothing_is_left_where_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        simulate(DemoParams.tiny(side_px=128, landslides=1), tmp_path / "file" / "study")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
