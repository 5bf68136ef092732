"""Channels computed from bands and heights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens import cli
from slidelens.dataset.prepared import read_prepared
from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.errors import SceneError
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.inference.weights import save_weights
from slidelens.report.figures.maps.overview import true_colour
from slidelens.stages.prepare import prepare
from slidelens.study.images.channels import (
    add_channels,
    bands_to_read,
    channel_names,
    normalised_difference,
    slope_deg,
)
from slidelens.study.opening import open_study
from support.images.mosaics import MOSAIC, TILE
from support.images.windowed import windowed_scene
from support.learning.trainings import pretrained_metadata
from support.studies import (
    BANDS,
    Date,
    grid_of,
    image,
    params_for,
    scene_grid,
    small_network,
    tree,
    write_image,
    write_params,
    write_study,
)

ALL = ["ndvi", "brightness", "ratios", "slope"]
DERIVED = ("ndvi", "brightness", "nd_green_red", "nd_green_nir", "nd_red_nir", "slope")


def scene(
    values: list[list[float]], bands: tuple[str, ...], valid: list[bool] | None = None
) -> Scene:
    """A row of pixels; values: a list of band values for each."""
    return Scene(
        grid_of(1, len(values)),
        bands,
        np.array([values], np.float32),
        np.array([valid or [True] * len(values)]),
    )


def test_the_names_of_channels() -> None:
    assert channel_names(["ratios", "ndvi"], ("red", "green", "nir")) == (
        "nd_red_green",
        "nd_red_nir",
        "nd_green_nir",
        "ndvi",
    )
    assert channel_names([], ("red",)) == ()


def test_ndvi_without_near_infrared_tells_the_bands_that_there_are() -> None:
    with pytest.raises(
        SceneError,
        match="^ndvi needs a band nir, and there are red, green, blue; take ndvi out of "
        "study.derived",
    ):
        channel_names(["brightness", "ndvi"], ("red", "green", "blue"))


def test_a_channel_is_asked_for_once() -> None:
    with pytest.raises(
        SceneError, match="^study.derived asks for ndvi twice; name each channel once"
    ):
        channel_names(["ndvi", "ndvi"], ("red", "nir"))


def test_channels_by_hand() -> None:
    # nir 3, red 1: NDVI (3 − 1) / 4 = 0.5; brightness of green 2 and red 1, not of nir: 1.5;
    # (2 − 1) / 3, (2 − 3) / 5, (1 − 3) / 4
    given = scene([[2, 1, 3], [0, 0, 0], [5, 5, 5]], BANDS, [True, True, False])
    got = add_channels(given, (*BANDS, *DERIVED[:-1]))
    assert got.bands == (*BANDS, *DERIVED[:-1])
    assert got.valid is given.valid
    np.testing.assert_allclose(got.pixels[0, 0], [2, 1, 3, 0.5, 1.5, 1 / 3, -0.2, -0.5])
    assert not got.pixels[0, 1].any()  # 0 / 0
    assert not got.pixels[0, 2].any()  # nodata


def test_brightness_without_visible_bands_is_of_all() -> None:
    assert add_channels(scene([[2, 4]], ("nir", "swir")), ("nir", "swir", "brightness")).pixels[
        0, 0
    ].tolist() == [2, 4, 3]


def test_no_light_is_less_than_none() -> None:
    first, second = np.array([-1, -1, 2, 0], np.float32), np.array([0.5, -2, -1, 0], np.float32)
    assert normalised_difference(first, second).tolist() == [-1, 0, 1, 0]


def test_slope_of_a_plane_is_its_own() -> None:
    # rises 10 m on 10 m to the south: 45°; and 3-4-5: 3 m south and 4 m east on 10 m rise 5 m
    # on 10 m, atan 0.5
    rows, columns = np.indices((4, 5)).astype(np.float32)
    np.testing.assert_allclose(slope_deg(10 * rows, 10), 45)
    np.testing.assert_allclose(
        slope_deg(3 * rows + 4 * columns, 10), np.degrees(np.arctan(0.5)), rtol=1e-6
    )


def test_slope_along_an_axis_of_one_pixel_is_0() -> None:
    heights = 10 * np.arange(6, dtype=np.float32)
    np.testing.assert_allclose(slope_deg(heights[None], 10), 45)
    np.testing.assert_allclose(slope_deg(heights[:, None], 10), 45)
    assert slope_deg(heights[None, :1], 10).tolist() == [[0]]


def test_slope_without_heights() -> None:
    with pytest.raises(SceneError, match="slope needs a height model"):
        add_channels(scene([[1.0]], ("red",)), ("red", "slope"))


def test_channels_of_a_large_scene_are_those_of_a_small_one() -> None:
    rng = np.random.default_rng(1)
    grid, names = grid_of(70, 50), (*BANDS, "ndvi", "slope")
    pixels = rng.normal(900, 99, (*grid.shape, len(BANDS))).astype(np.float32)
    small = Scene(grid, BANDS, pixels, rng.random(grid.shape) > 0.1)
    heights = rng.normal(900, 99, grid.shape).astype(np.float32)
    large = add_channels(windowed_scene(small), names, heights)
    assert isinstance(large, WindowedScene)
    whole = add_channels(small, names, heights).pixels
    np.testing.assert_array_equal(large.pixels, whole)
    part = slice(13, 29), slice(0, 17)
    np.testing.assert_array_equal(large.read(part), whole[part])
    with pytest.raises(SceneError, match="slope needs a height model"):
        add_channels(windowed_scene(small), names)


def test_what_a_file_must_give_is_what_cannot_be_computed() -> None:
    names = ("red_edge", "nir", "ndvi", "nd_red_edge_nir", "slope")
    assert bands_to_read(names, ("nir", "red_edge")) == ("red_edge", "nir")
    assert bands_to_read(names, ("nir", "red_edge", "slope", "ndvi")) == (
        "red_edge",
        "nir",
        "ndvi",
        "slope",
    )  # a file's own are taken
    assert bands_to_read(names, ()) == ("red_edge", "nir")  # which the reader then misses


def test_channels_come_in_the_order_that_is_asked_for() -> None:
    given = scene([[1, 3, 0.9]], ("red", "nir", "ndvi"))
    assert add_channels(given, ("ndvi", "red", "nir", "nd_red_nir")).pixels[
        0, 0
    ].tolist() == pytest.approx([0.9, 1, 3, -0.5])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_study(tmp_path / "raw", {"2013": Date(), "2014": Date(number=0, seen=0.5)})
    return tmp_path / "raw"


def write_heights(root: Path, east_px: int = 800) -> None:
    """Write heights that rise 1 m in 10 m to the south, over both areas."""
    grid = grid_of(
        scene_grid().height, east_px, west=scene_grid().bounds[0], north=scene_grid().bounds[3]
    )
    values = np.repeat(np.arange(grid.height, dtype=np.float32)[:, None, None], grid.width, axis=1)
    write_image(root / "terrain/dem.tif", grid, values, names=(None,), nodata=-9999)


def test_a_study_with_every_channel(root: Path) -> None:
    write_heights(root)
    prepare(params_for(root, ["2013", "2014"], study__derived=ALL), root.parent / "with")
    prepare(params_for(root, ["2013", "2014"]), root.parent / "without")
    for name in ("2013", "2014", "pretrain"):
        more, less = (read_prepared(root.parent / folder / name) for folder in ("with", "without"))
        assert more.scene.bands == more.statistics.bands == (*BANDS, *DERIVED)
        assert read_header(root.parent / "with" / name / "scene.tif").dtype == "float32"
        np.testing.assert_array_equal(more.scene.pixels[..., :3], less.scene.pixels)
        np.testing.assert_array_equal(more.scene.valid, less.scene.valid)
        np.testing.assert_allclose(
            more.scene.pixels[more.scene.valid][:, -1], np.degrees(np.arctan(0.1)), rtol=1e-5
        )
        assert more.standardised().shape[2] == 9
        assert np.isfinite(more.standardised()).all()
        assert (
            tree(root.parent / "with" / name)["labels.tif"]
            == tree(root.parent / "without" / name)["labels.tif"]
        )


def test_pictures_are_of_the_same_bands_with_more_of_them() -> None:
    rgb = image(scene_grid(), [], 1).astype(np.float32)
    few = Scene(scene_grid(), ("red", "green", "blue"), rgb, np.ones(scene_grid().shape, bool))
    many = add_channels(few, (*few.bands, "brightness", *channel_names(["ratios"], few.bands)))
    np.testing.assert_array_equal(true_colour(few), true_colour(many))
    other = Scene(few.grid, BANDS, rgb, few.valid)  # no blue: the first three
    np.testing.assert_array_equal(
        true_colour(other), true_colour(add_channels(other, (*BANDS, "ndvi")))
    )


def test_tiles_of_a_mosaic_are_standardised_with_their_channels(root: Path) -> None:
    (root / "aoi.gpkg").unlink()
    prepare(
        params_for(root, ["2013"], study__derived=["ndvi", "ratios"], **MOSAIC),
        root.parent / "prepared",
    )
    tile = read_prepared(root.parent / "prepared/2013").standardised()[:TILE, -TILE:]
    assert tile.shape[2] == 7
    np.testing.assert_allclose(tile.mean(axis=(0, 1)), 0, atol=1e-4)
    np.testing.assert_allclose(tile.std(axis=(0, 1)), 1, atol=1e-4)


@pytest.mark.parametrize(
    ("east_px", "changes", "told"),
    [
        (
            None,
            {},
            "study.derived has slope, and the study has no height model; set study.dem, put one "
            "at terrain/dem.tif, or take slope out",
        ),
        # the pretraining area begins at pixel 32 + 500 and is 96 wide: 580 pixels hold the first 48
        (580, {}, r"covers 50 % of the area of pretrain; give one that covers it"),
        (
            800,
            MOSAIC,
            "study.derived has slope, and 2013.tif is a mosaic of other places; take slope out",
        ),
    ],
)
def test_slope_is_refused_where_there_are_no_heights(
    root: Path, east_px: int | None, changes: dict[str, Any], told: str
) -> None:
    if east_px:
        write_heights(root, east_px)
    if changes:
        (root / "aoi.gpkg").unlink()
    assert told in "\n".join(
        open_study(params_for(root, ["2013"], study__derived=["slope"], **changes)).problems
    )


def test_a_scene_with_a_band_of_that_name_is_refused(root: Path) -> None:
    values = np.repeat(image(scene_grid(), [], 1), [1, 1, 2], axis=2)
    write_image(root / "scenes/2013.tif", scene_grid(), values, names=(*BANDS, "ndvi"))
    study = open_study(params_for(root, ["2013"], study__derived=["ndvi"]))
    assert len(study.problems) == 1
    assert (
        "2013.tif has a band ndvi of its own; use that (study.bands), and do not derive it"
        in study.problems[0]
    )


def test_check_names_the_channels(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    write_params(root.parent, root, ["2013"], study__derived=["ndvi", "brightness"])
    assert cli.main(["check"]) == 0
    assert "bands green, red, nir, ndvi, brightness" in capsys.readouterr().out


@pytest.fixture
def weights(root: Path) -> str:
    """Write random weights of a network with the bands, all derived channels and the slope."""
    write_heights(root)
    prepare(params_for(root, ["2013"], study__derived=ALL), root.parent / "prepared")
    statistics = read_prepared(root.parent / "prepared/2013").statistics
    metadata = pretrained_metadata(statistics)
    save_weights(small_network(2, len(statistics.bands)), metadata, root.parent / "a.weights.h5")
    return str(root.parent / "a.weights.h5")


def test_map_computes_the_channels_of_the_weights(
    weights: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from slidelens.geo.geotiff import write_scene
    from slidelens.layers.probability import read_probability

    command = ["map", "--weights", weights, "-o"]
    assert cli.main([*command, str(root / "no"), str(root / "scenes/2013.tif")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "were trained with slope, which" in told[0]
    assert "give heights with dem (--dem)" in told[0]
    assert (
        cli.main(
            [
                *command,
                str(root / "one"),
                str(root / "scenes/2013.tif"),
                "--dem",
                str(root / "terrain/dem.tif"),
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["mapped_km2"] > 0
    # a file that has all of the channels, in another order, gives the same map without heights
    prepared = read_prepared(root.parent / "prepared/2013").scene
    turned = tuple(reversed(prepared.bands))
    write_scene(add_channels(prepared, turned), root / "all.tif")
    assert cli.main([*command, str(root / "two"), str(root / "all.tif")]) == 0
    one, two = (read_probability(root / name / "probability.tif")[0] for name in ("one", "two"))
    np.testing.assert_allclose(one, two, atol=1.01 / 255)
    assert one.std() > 0.01


def test_map_refuses_a_file_without_the_bands_to_compute_from(
    weights: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_image(
        root / "visible.tif",
        scene_grid(),
        image(scene_grid(), [], 1),
        names=("blue", "green", "red"),
    )
    assert (
        cli.main(
            [
                "map",
                str(root / "visible.tif"),
                "--weights",
                weights,
                "-o",
                str(root / "no"),
                "--dem",
                str(root / "terrain/dem.tif"),
            ]
        )
        == 2
    )
    assert "visible.tif has no band nir, only blue, green, red" in capsys.readouterr().err


@pytest.mark.long
def test_iburi_with_ratios(real_data: Path, tmp_path: Path) -> None:
    from support.iburi import quick_params

    params = quick_params(real_data / "iburi")
    wanted = params.model_copy(
        update={"study": params.study.model_copy(update={"derived": ("brightness", "ratios")})}
    )
    prepare(wanted, tmp_path / "prepared")
    ground = read_prepared(tmp_path / "prepared/pre")
    assert ground.scene.bands == (
        "red",
        "green",
        "blue",
        "brightness",
        "nd_red_green",
        "nd_red_blue",
        "nd_green_blue",
    )
    inside = ground.scene.valid & (ground.split_map > 0)
    assert 0.4 < inside.sum() / (ground.split_map > 0).sum() < 0.6  # nodata stays nodata
    assert np.abs(ground.scene.pixels[..., 4:]).max() < 1
    assert (ground.standardised()[inside] != 0).any(axis=1).all()
