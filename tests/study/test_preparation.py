"""Prepared data of a study, without files in between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from slidelens.dataset.parts import TRAIN, UNKNOWN
from slidelens.dataset.standardisation import compute_band_statistics
from slidelens.geo.grid import Grid
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets, scene_dtype, summarise
from support.studies import BANDS, Date, params_for, write_study

DATES = ["2013", "2014", "2015"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of three dates: mapped, without inventory, half nodata."""
    root = tmp_path_factory.mktemp("study")
    write_study(root, {"2013": Date(), "2014": Date(mapped=False), "2015": Date(seen=0.5)})
    return root


def test_the_pretraining_comes_first_and_the_dates_follow_in_order(root: Path) -> None:
    params = params_for(root, DATES)
    targets = [raw.target.name for raw, _ in prepare_targets(open_study(params), params)]
    assert targets == ["pretrain", *DATES]


def test_all_dates_share_one_grid_and_one_split(root: Path) -> None:
    params = params_for(root, DATES)
    prepared = [data for _, data in prepare_targets(open_study(params), params)][1:]
    assert all(data.scene.grid == prepared[0].scene.grid for data in prepared)
    assert all((data.split_map == prepared[0].split_map).all() for data in prepared)


def test_labels_are_unknown_without_an_inventory_and_on_nodata(root: Path) -> None:
    params = params_for(root, DATES)
    by_name = {raw.target.name: data for raw, data in prepare_targets(open_study(params), params)}
    assert (by_name["2014"].labels == UNKNOWN).all()
    assert by_name["2014"].inventory is None
    half = by_name["2015"]
    assert (half.labels[~half.scene.valid] == UNKNOWN).all()
    assert set(np.unique(half.labels[half.scene.valid])) >= {0}


def test_own_statistics_are_those_of_the_train_blocks(root: Path) -> None:
    params = params_for(root, DATES, study__standardise="own")
    targets = [data for _, data in prepare_targets(open_study(params), params)]
    assert len(targets) == len(DATES) + 1
    for data in targets:
        scene, train = data.scene, data.split_map == TRAIN
        expected = compute_band_statistics(scene.pixels, scene.valid & train, scene.bands, "")
        assert data.statistics == expected


def test_integers_are_kept_only_where_no_value_changes(root: Path) -> None:
    unchanged = open_study(params_for(root, DATES))
    assert scene_dtype(unchanged.targets[0], unchanged) == "uint16"
    derived = open_study(params_for(root, DATES, study__derived=["ndvi"]))
    assert scene_dtype(derived.targets[0], derived) == "float32"
    normalised = open_study(
        params_for(root, DATES, study__radiometry="histogram", study__reference="2014")
    )
    dtypes = [scene_dtype(target, normalised) for target in normalised.all_targets]
    assert dtypes == ["float32", "uint16", "float32", "uint16"]  # the last is the pretraining


def test_the_summary_names_what_was_read(root: Path) -> None:
    params = params_for(root, DATES)
    lines = [summarise(raw) for raw, _ in prepare_targets(open_study(params), params)]
    assert lines[1].endswith("100 % of the area seen, 20 landslides")
    assert lines[2].endswith("not mapped")
    assert "50 % of the area seen" in lines[3]


def test_a_scene_of_several_types_keeps_its_values(tmp_path: Path) -> None:
    """A band of bytes stands before those of 16 bits."""
    write_study(tmp_path, {"2014": Date()})
    path = tmp_path / "scenes/2014.tif"
    with rasterio.open(path) as dataset:
        grid = Grid(dataset.crs, dataset.transform, *dataset.shape)
    path.rename(tmp_path / "bands.tif")
    bands = "".join(
        f'<VRTRasterBand dataType="{dtype}" band="{number}"><Description>{name}</Description>'
        '<SimpleSource><SourceFilename relativeToVRT="1">../bands.tif</SourceFilename>'
        f"<SourceBand>{max(number - 1, 1)}</SourceBand></SimpleSource></VRTRasterBand>"
        for number, (dtype, name) in enumerate(
            [("Byte", "shade"), *(("UInt16", name) for name in BANDS)], 1
        )
    )
    path.with_suffix(".vrt").write_text(
        f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}"><SRS>EPSG:32645</SRS>'
        f"<GeoTransform>{str(grid.transform.to_gdal())[1:-1]}</GeoTransform>{bands}</VRTDataset>"
    )
    study = open_study(params_for(tmp_path, ["2014"]))
    assert study.problems == ()
    assert study.targets[0].header.bands == ("shade", *BANDS)
    assert scene_dtype(study.targets[0], study) == "uint16"


@pytest.mark.parametrize("fill", [0, 65535])
def test_filled_pixels_are_noted_until_a_nodata_value_is_set(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fill: int
) -> None:
    write_study(tmp_path, {"2014": Date(seen=0.5)})
    with rasterio.open(tmp_path / "scenes/2014.tif", "r+") as dataset:
        dataset.nodata = None
        values = dataset.read()
        dataset.write(np.where((values == 0).all(axis=0), fill, values).astype(values.dtype))
    params = params_for(tmp_path, ["2014"])
    raw = {raw.target.name: raw for raw, _ in prepare_targets(open_study(params), params)}
    assert raw["2014"].valid_share == 1
    assert f"50 % of the pixels are {fill} in all bands" in caplog.text
    assert f"`study.nodata: {fill}`" in caplog.text
    caplog.clear()
    params = params_for(tmp_path, ["2014"], study__nodata=fill)
    raw = {raw.target.name: raw for raw, _ in prepare_targets(open_study(params), params)}
    assert raw["2014"].valid_share == 0.5
    assert "in all bands" not in caplog.text


def test_scaled_values_are_prepared_as_such(tmp_path: Path) -> None:
    write_study(tmp_path, {"2014": Date()})
    params = params_for(tmp_path, ["2014"])
    plain = [data.scene.pixels for _, data in prepare_targets(open_study(params), params)]
    with rasterio.open(tmp_path / "scenes/2014.tif", "r+") as dataset:
        dataset.write(dataset.read() + 1000)
        dataset.offsets = (-1000,) * 3
    study = open_study(params)
    assert scene_dtype(study.targets[0], study) == "float32"
    scaled = [data.scene.pixels for _, data in prepare_targets(study, params)]
    np.testing.assert_array_equal(scaled[1], plain[1])


def test_names_of_a_study_replace_foreign_ones_of_its_files(tmp_path: Path) -> None:
    write_study(tmp_path, {"2014": Date()})
    with rasterio.open(tmp_path / "scenes/2014.tif", "r+") as dataset:
        dataset.descriptions = ("Green", "Red", "NIR")
    (problem,) = open_study(params_for(tmp_path, ["2014"])).problems
    assert 'give `study.band_names: ["green", "red", "nir"]`' in problem
    study = open_study(params_for(tmp_path, ["2014"], study__band_names=list(BANDS)))
    assert (study.problems, study.targets[0].header.bands) == ((), BANDS)
