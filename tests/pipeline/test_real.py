"""Real imagery: Iburi, Hokkaido, 2018, mapped with weights from its eastern part.

`pre` is half nodata and has no landslide.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pytest
import rasterio

from slidelens.files import read_json
from slidelens.stages.density import density
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.prepare import prepare
from slidelens.stages.pretrain import pretrain
from support.iburi import STUDY, quick_params
from support.pipeline.workshop import ROOT, Workshop, make_workshop

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def mapped(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small network's run over both dates."""
    folder = tmp_path_factory.mktemp("iburi")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        params = quick_params(real_data / "iburi")
        prepare(params, folder / "data/prepared")
        pretrain(params, folder)
        for date in params.dates:
            finetune(params, date, folder)
            evaluate(params, date, folder)
        density(params, folder)
    return folder


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_a_small_network_finds_the_landslides(mapped: Path) -> None:
    scores = read_json(mapped / "data/maps/post/scores.json")
    # 6 % of the ground is landslide: a map of everything would have F1 0.12.
    assert scores["before_whole_area"]["f1"] > 0.35
    assert scores["after"]["f1"] > 0.35


def test_predicted_polygons_lie_on_the_scene(mapped: Path, real_data: Path) -> None:
    predicted = gpd.read_file(mapped / "data/maps/post/inventory.gpkg").to_crs(4326)
    with rasterio.open(real_data / "iburi/scenes/post.tif") as scene:
        left, bottom, right, top = scene.bounds
    pixel = 1.2e-4  # degrees: a pixel of 10 m may stand out by half
    assert predicted.total_bounds[0] > left - pixel
    assert predicted.total_bounds[2] < right + pixel
    assert predicted.total_bounds[1] > bottom - pixel
    assert predicted.total_bounds[3] < top + pixel
    manual = gpd.read_file(real_data / "iburi/inventories/post.gpkg")
    assert predicted.intersects(manual.union_all()).mean() > 0.3


def test_a_date_without_landslides_has_no_f1_but_false_alarms(mapped: Path) -> None:
    scores = read_json(mapped / "data/maps/pre/scores.json")["before_whole_area"]
    assert scores["f1"] is None
    assert scores["why"] == "no landslide in the area"
    assert 0 <= scores["false_alarm_m2_per_km2"] < 1e6
    assert 20 < scores["ground_km2"] < 27  # 53 % of 47.7 km² is not nodata
    assert read_json(mapped / "metrics/f1.json")["f1"]["pre"] is None


def test_the_counts_of_the_area(mapped: Path) -> None:
    table = read_json(mapped / "metrics/density.json")["density"]
    assert table["post"]["manual_count"] == 735
    assert table["pre"]["manual_count"] == 0
    assert table["post"]["mapped_km2"] == pytest.approx(47.7, abs=0.3)


def test_the_whole_recipe(real_data: Path, tmp_path: Path) -> None:
    """The README's recipe in a fresh repository, at the default parameters."""
    shop = make_workshop(tmp_path / "iburi study")
    shutil.copy(ROOT / "params.yaml", shop.folder / "params.yaml")
    shutil.copy(ROOT / "dvc.yaml", shop.folder / "dvc.yaml")
    shutil.copytree(real_data / "iburi", shop.folder / "data/raw", dirs_exist_ok=True)
    shop.run("slidelens", "dates", "pre", "post")
    shop.set_params({"study": STUDY | {"derived": ["brightness", "ratios"]}})
    shop.run("slidelens", "check")
    shop.run("dvc", "repro")
    assert_scores(shop)


def assert_scores(shop: Workshop) -> None:
    post, pre = (shop.json(f"data/maps/{date}/scores.json") for date in ("post", "pre"))
    assert post["before_whole_area"]["f1"] >= 0.68
    assert post["after"]["f1"] > post["before"]["f1"]
    assert pre["after"]["false_alarm_m2_per_km2"] < 20_000
