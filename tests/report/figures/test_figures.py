"""What the figures show is found by rules; their pictures are looked at by people."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_rgb

from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.dataset.parts import TEST
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.params.schema import ModelParams
from slidelens.report.figures.charts.network import layer_label, layer_positions
from slidelens.report.figures.charts.network_layers import named, network_layers
from slidelens.report.figures.charts.scores import curves_of, draw_precision_recall
from slidelens.report.figures.charts.timeline import area_by_state
from slidelens.report.figures.charts.training_curves import kept_epoch
from slidelens.report.figures.globe import geographic, land_seen, orthographic, place_label
from slidelens.report.figures.maps.density import highest_density, pages
from slidelens.report.figures.maps.fragments import coloured, worst_fragmented
from slidelens.report.figures.maps.history import confirmed, most_eventful
from slidelens.report.figures.maps.maps import agreement_image, densest
from slidelens.report.figures.style import FALSE_ALARM, HIT, MISS, FigureWriter, dim
from slidelens.report.results import DensitySurface, MappedDate
from slidelens.types import Mask
from support.reported import STATISTICS
from support.studies import UTM, box, grid_of

GRID = grid_of(40, 40)


def mapped(
    manual: list[shapely.Geometry] | None,
    predicted: list[shapely.Geometry],
    valid: Mask | None = None,
) -> MappedDate:
    """A date of 40 × 40 pixels of grey ground, all of it in the area."""
    valid = np.ones(GRID.shape, bool) if valid is None else valid
    frames = [
        None if shapes is None else gpd.GeoDataFrame(geometry=shapes, crs=UTM)
        for shapes in (manual, predicted)
    ]
    picture = np.full((*GRID.shape, 3), 100, np.uint8)
    ones = np.ones(GRID.shape, np.uint8)
    return MappedDate(
        "2013",
        GRID,
        picture,
        ones,
        ones,
        ones.astype(np.float32),
        valid,
        frames[0],
        frames[1],
        {},
        {},
    )  # type: ignore[arg-type]


def test_the_worst_fragmented_landslides_come_first_and_each_place_once() -> None:
    wide, narrow = box(GRID, 0, 0, 10, 30), box(GRID, 20, 0, 10, 20)
    pieces = [
        box(GRID, 0, 0, 10, 8),
        box(GRID, 0, 10, 10, 8),
        box(GRID, 0, 20, 10, 8),
        box(GRID, 20, 0, 10, 8),
        box(GRID, 20, 10, 10, 8),
    ]
    first = mapped([narrow, wide, box(GRID, 35, 0, 3, 3)], pieces)
    again = mapped([wide], pieces[:2])
    cases = worst_fragmented([again, first])
    assert [(len(case.pieces), case.outline) for case in cases] == [(3, wide), (2, narrow)]
    assert cases[0].mapped is first
    assert worst_fragmented([mapped(None, pieces), mapped([], pieces)]) == []


def test_every_piece_of_a_landslide_has_a_colour_which_its_joined_parts_share() -> None:
    """The first two of three blobs are joined: two pieces, two colours. The landslide elsewhere is none of them."""
    west, middle, east = (box(GRID, 0, column, 10, 8) for column in (0, 10, 20))
    joined = shapely.MultiPolygon([west, middle])
    (case,) = worst_fragmented(
        [mapped([box(GRID, 0, 0, 10, 30)], [east, box(GRID, 30, 0, 5, 5), joined])]
    )
    (first, first_colour), (second, second_colour) = coloured(case)
    assert first.equals(joined)
    assert second.equals(east)
    assert first_colour != second_colour


def test_hits_misses_and_false_alarms_have_their_colours() -> None:
    valid = np.ones(GRID.shape, bool)
    valid[15:] = False
    date = mapped([box(GRID, 0, 0, 10, 20)], [box(GRID, 0, 10, 20, 20)], valid)
    picture = agreement_image(date)
    expected = {(5, 5): MISS, (5, 15): HIT, (5, 25): FALSE_ALARM, (12, 15): FALSE_ALARM}
    for at, colour in expected.items():
        assert picture[at] == pytest.approx(np.array(to_rgb(colour)) * 255, abs=1)
    assert (picture[17, 15] == dim(date.image, date.valid)[17, 15]).all()  # not mapped there
    assert (
        agreement_image(mapped(None, [box(GRID, 0, 0, 9, 9)]))
        == dim(date.image, np.ones_like(valid))
    ).all()


def test_one_colour_scale_for_all_densities() -> None:
    date = mapped([], [])
    values = np.array([[np.nan, 3.0]], np.float32)
    date.densities.update(
        manual=DensitySurface(values, GRID), predicted=DensitySurface(values * 2, GRID)
    )
    assert highest_density([mapped([], []), date]) == 6
    assert highest_density([mapped([], [])]) == 1
    date.densities.update(
        manual=DensitySurface(values * np.nan, GRID), predicted=DensitySurface(values * 0, GRID)
    )
    assert highest_density([date]) == 1


def test_densities_go_on_another_page_beyond_eight_dates() -> None:
    """9 dates: 5 and 4; 17: 6, 6 and 5."""
    date = mapped([], [])
    assert {number: [len(page) for page in pages([date] * number)] for number in (1, 8, 9, 17)} == {
        1: [1],
        8: [8],
        9: [5, 4],
        17: [6, 6, 5],
    }


def test_the_place_with_the_most_landslides_is_shown_near_by() -> None:
    """A third of 40 pixels is 14 wide, 7 high; the smaller landslide lies in the upper left, 20 × 2 pixels lie from row 30 on."""
    place, on_test = densest(mapped([box(GRID, 0, 0, 3, 3)], [box(GRID, 30, 15, 2, 20)]))
    assert not on_test  # there are no test blocks
    left, bottom, right, top = place
    west, _, _, north = GRID.bounds
    assert ((right - left) / GRID.pixel_m, (top - bottom) / GRID.pixel_m) == (14, 7)
    assert (left - west) / GRID.pixel_m == 15
    assert (north - top) / GRID.pixel_m == 27
    assert densest(mapped(None, []))[0][0] == west


def test_the_place_shown_near_by_is_the_densest_of_the_test_blocks() -> None:
    """The larger landslide lies on training ground; the only test block is the upper left quarter. Then one without any landslide."""
    shapes = [box(GRID, 0, 0, 3, 3)], [box(GRID, 30, 15, 2, 20)]
    parts = np.ones(GRID.shape, np.uint8)
    parts[:20, :20] = TEST
    (left, _, _, top), on_test = densest(replace(mapped(*shapes), parts=parts))
    assert (left, top) == (GRID.bounds[0], GRID.bounds[3])
    assert on_test
    assert densest(replace(mapped(*shapes), parts=parts[:, ::-1])) == densest(mapped(*shapes))


def test_the_epoch_kept_is_that_of_lowest_validation_loss() -> None:
    """0.3 is the lowest, first at epoch 2; a loss that is no number is none, and no history has no epoch."""
    rows = pd.DataFrame({"epoch": [0, 1, 2, 3], "val_loss": [0.5, np.nan, 0.3, 0.3]})
    assert kept_epoch(rows) == 2
    assert kept_epoch(rows[1:2]) is None
    assert kept_epoch(rows[:0]) is None


def test_the_globe() -> None:
    """Seen from above the equator at 0°: 30° E lies at sin 30° = 0.5, the pole at the top, 180° on the far side."""
    x, y = orthographic([0, 30, 0, 180], [0, 0, 90, 0], (0, 0))
    assert x == pytest.approx([0, 0.5, 0, np.nan], nan_ok=True)
    assert y == pytest.approx([0, 0, 1, np.nan], nan_ok=True)
    assert np.hypot(*orthographic(85, 28, (85, 28))) == pytest.approx(0)
    assert (place_label(85.24, 28.06), place_label(-70, -33.5)) == (
        "28.1° N, 85.2° E",
        "33.5° S, 70° W",
    )


@pytest.mark.parametrize("centre", [(70, 17), (-170, -15), (0, 89)])
def test_what_is_seen_on_the_globe_is_where_it_is_drawn(centre: tuple[float, float]) -> None:
    longitude, latitude = np.array([175.0, -170, 85, 12, -60]), np.array([-40.0, 0, 28, 80, 50])
    found = geographic(*orthographic(longitude, latitude, centre), centre)
    seen = ~np.isnan(found[0])
    assert 0 < seen.sum() < 5
    assert found[0][seen] == pytest.approx(longitude[seen])
    assert found[1][seen] == pytest.approx(latitude[seen])
    assert np.isnan(geographic(np.array([0.8]), np.array([0.8]), centre)).all()


@pytest.mark.parametrize(
    ("centre", "land"),
    [
        ((85, 28), True),
        ((0, 65), False),
        ((180, 67), True),
        ((0, -90), True),
        ((0, 90), False),
        ((-150, 0), False),
    ],
)
def test_land_and_sea(centre: tuple[float, float], land: bool) -> None:
    """Nepal, the Norwegian Sea, Chukotka on the antimeridian, the South Pole, the North Pole and the Pacific, in the middle of what is seen."""
    seen = land_seen(centre, 21)
    assert seen[10, 10] == land
    assert not seen[0, 0]


def test_curves_of_before_and_after_come_from_the_file(tmp_path: Path) -> None:
    """Steps of recall 0.5 and 0.5 with precision 1 and 0.5: an average precision of 0.75, in whatever order the rows are."""
    path = tmp_path / "precision_recall.csv"
    path.write_text("weights,threshold,recall,precision\nbefore,0.2,1,0.5\nbefore,0.9,0.5,1\n")
    curves = curves_of(path)
    assert curves["before"].average_precision == 0.75
    assert curves["after"].average_precision is None


def test_a_threshold_that_no_pixel_reaches_has_no_dot(tmp_path: Path) -> None:
    """Nothing is predicted: recall 0, precision without a value. The curve is drawn all the same, in other pixels than with a dot."""
    curve = precision_recall(np.array([True, False, True, False]), np.array([0.4, 0.3, 0.2, 0.1]))
    nothing, something = {"recall": 0.0, "precision": None}, {"recall": 0.5, "precision": 1.0}
    pictures = []
    for number, after in enumerate((nothing, something)):
        sheet = FigureWriter(tmp_path / str(number))
        sheet.folder.mkdir()
        draw_precision_recall(
            sheet,
            {"2013": {"before": curve, "after": curve}},
            {"2013": {"before": nothing, "after": after}},
        )
        pictures.append((sheet.folder / "precision_recall.png").read_bytes())
    assert pictures[0] != pictures[1]


def test_the_landslide_with_the_most_states_is_followed() -> None:
    rows = [(1, "a", "new", 9e5), (1, "b", "persistent", 9e5), (1, "c", "persistent", 9e5)]
    rows += [(2, "a", "new", 1.0), (2, "b", "healed", 0.0), (2, "c", "reactivated", 1.0)]
    frame = gpd.GeoDataFrame(
        rows, columns=["landslide_id", "date", "state", "area_m2"], geometry=[None] * 6
    )
    assert most_eventful(frame) == 2
    assert most_eventful(frame[:0]) is None


def test_a_landslide_that_no_manual_one_touches_is_no_example() -> None:
    """Landslide 1 is there at both dates; 2 is a false alarm at the first, and has healed at the second, which is no outline to confirm."""
    here, there = box(GRID, 0, 0, 5, 5), box(GRID, 20, 20, 5, 5)
    rows = [
        (1, "2013", 1.0, here),
        (1, "2014", 1.0, here),
        (2, "2013", 1.0, there),
        (2, "2014", 0.0, there),
    ]
    frame = gpd.GeoDataFrame(rows, columns=["landslide_id", "date", "area_m2", "geometry"], crs=UTM)
    both = [replace(mapped([box(GRID, 3, 3, 9, 9)], []), date=date) for date in ("2013", "2014")]
    assert confirmed(frame, both)["landslide_id"].tolist() == [1, 1]
    assert len(confirmed(frame, [replace(mapped(None, []), date="2013")])) == 4  # nobody has looked


def test_black_in_the_shade_is_no_nodata() -> None:
    image, valid = np.zeros((1, 2, 3), np.uint8), np.array([[True, False]])
    assert dim(image, valid)[0, :, 0].tolist() == [50, 0]


def test_area_by_state_has_every_date_and_state() -> None:
    rows = pd.DataFrame(
        {"date": ["a", "a", "b"], "state": ["new", "new", "healed"], "area_m2": [2.0, 3.0, 0.0]}
    )
    table = area_by_state(rows, ["a", "b", "c"])
    assert list(table.index) == ["a", "b", "c"]
    assert table.loc["a", "new"] == 5
    assert table.to_numpy().sum() == 5
    assert "healed" not in table


def test_the_network_is_told_as_built() -> None:
    """5 blocks: 4 filters double to 64 while 32 pixels halve to 2; 10 convolutions down, 8 up, and the head."""
    layers = {
        layer.name: layer
        for layer in network_layers(
            WeightsMetadata(ModelParams(), 4, STATISTICS, 10.0, 0.5, ("pretrain",)), side_px=32
        )
    }
    bottom, head = layers["down5_conv2"], layers["probability"]
    assert (bottom.height, bottom.width, bottom.channels) == (2, 2, 64)
    assert (head.height, head.width, head.channels) == (32, 32, 1)
    assert (layers["image"].channels, layers["image"].inputs) == (3, ())
    assert sum(layer.kind == "Conv2D" for layer in layers.values()) == 19
    assert layers["up1_skip"].inputs == ("up1_transposed", "down1_relu2")
    assert layers["down1_conv1"].weights == 3 * 3 * 3 * 4
    told = [
        layer_label(layers[name])
        for name in ("down1_conv1", "pool1", "up1_transposed", "probability")
    ]
    labels = [
        "3×3 convolution, with normalisation and ReLU",
        "2×2 max pooling",
        "2×2 transposed convolution",
        "1×1 head with sigmoid",
    ]
    assert [label for label, _ in told] == labels
    assert len({colour for _, colour in told}) == 4
    places = layer_positions(
        [layer for layer in layers.values() if layer.kind in ("InputLayer", "Conv2D")]
    )
    edges = [(x, x + width) for x, _, width, _ in places.values()]
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(edges))
    assert places["down5_conv1"][1] < places["down1_conv1"][1]


def test_the_figure_of_the_network_says_of_how_many_it_is_one() -> None:
    card = WeightsMetadata(ModelParams(), 4, STATISTICS, 10.0, 0.5, ("pretrain",))
    assert named(card) == "unet, 4 filters"
    several = replace(card, members=3)
    assert named(several) == "One of 3 members, unet, 4 filters"
    assert network_layers(several, side_px=32) == network_layers(card, side_px=32)


def test_a_figure_is_a_page_wide_at_200_dpi_and_the_same_each_time(tmp_path: Path) -> None:
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
