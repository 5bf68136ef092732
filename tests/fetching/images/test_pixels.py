"""Pixels of images: which are clear, what they mean, and which item gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pystac
import pytest
import shapely

from slidelens.fetching.images import looking, pixels
from slidelens.fetching.images.bands import ItemBand
from slidelens.fetching.images.image import Image, Source, gather
from slidelens.fetching.images.looking import Looker
from slidelens.fetching.images.offset import OffsetDecision
from slidelens.fetching.images.pixels import PixelReader, is_clear
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import Part, whole
from slidelens.types import Float32
from support.studies import grid_of

GRID = grid_of(3, 4)
ALL = whole(GRID.shape)
Stored = Mapping[tuple[str, str], Float32]


def band(asset: str, **values: Any) -> ItemBand:
    return ItemBand(asset, 1, True, f"{asset}.tif", **values)


def source(name: str, *bands: ItemBand, **values: Any) -> Source:
    moment = datetime(2022, 6, 1, tzinfo=UTC)
    item = pystac.Item(name, None, None, moment, {"platform": "a"})
    known: dict[str, Any] = {"classes": None, "baseline": None, "is_sentinel2": False} | values
    place = shapely.box(*GRID.bounds)
    return Source(item, {each.asset: each for each in bands}, place=place, **known)


def image(*sources: Source) -> Image:
    return Image(date(2022, 6, 1), "a", sources, None)


def serve(monkeypatch: pytest.MonkeyPatch, stored: Stored) -> None:
    """Give the files of items from memory."""

    def read_bands(
        item: pystac.Item, bands: Sequence[ItemBand], grid: Grid, part: Part | None = None, *_: Any
    ) -> Float32:
        layers = [stored[item.id, each.asset][part or whole(grid.shape)] for each in bands]
        return np.stack(layers).astype(np.float32)

    for module in (pixels, looking):
        monkeypatch.setattr(module, "read_bands", read_bands)


def full(value: float) -> Float32:
    return np.full(GRID.shape, value, np.float32)


def test_values_with_scale_and_offset_become_reflectance(monkeypatch: pytest.MonkeyPatch) -> None:
    one = source("a", band("red", scale=2.75e-5, offset=-0.2), band("nir", scale=1e-3))
    stored = {("a", "red"): full(10_000), ("a", "nir"): full(250)}
    stored["a", "red"][0, 0] = 100  # below 0
    serve(monkeypatch, stored)
    values = PixelReader(GRID, ("red", "nir"), {}).read(image(one), ALL)
    assert values[0, 1:] == pytest.approx(750)
    assert values[1] == pytest.approx(2500)
    assert values[0, 0, 0] == 1


def test_the_offset_of_sentinel_2_is_added_and_0_is_no_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = source("a", band("red"), is_sentinel2=True)
    stored = {("a", "red"): full(1500)}
    stored["a", "red"][0, 0] = 0
    serve(monkeypatch, stored)
    decision = OffsetDecision(-1000, "", "", "both", True)
    values = PixelReader(GRID, ("red",), {"a": decision}).read(image(one), ALL)
    assert np.isnan(values[0, 0, 0])
    assert values[0, 1:] == pytest.approx(500)


def test_a_pixel_is_of_the_first_item_that_shows_it_in_every_band(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bands = band("red"), band("nir")
    sources = source("a", *bands), source("b", *bands)
    stored = {(name, each): full(10) for name in "ab" for each in ("red", "nir")}
    stored |= {("b", each): full(20) for each in ("red", "nir")}
    stored["a", "nir"][1, 2] = np.nan
    serve(monkeypatch, stored)
    reader = PixelReader(GRID, ("red", "nir"), {})
    values = reader.read(image(*sources), ALL)
    expected = full(10)
    expected[1, 2] = 20
    np.testing.assert_array_equal(values, np.stack([expected] * 2))
    assert reader.used == {"a", "b"}


def test_clouds_shadows_and_defects_are_not_clear() -> None:
    classes = np.array([*range(12), np.nan], np.float32)
    clear = [2, 4, 5, 6, 7, 11]  # dark ground, plants, bare ground, water, unclassified and snow
    assert np.flatnonzero(is_clear(classes)).tolist() == clear


def test_of_two_items_over_one_ground_the_later_processing_comes_first() -> None:
    earlier, later = source("a", baseline=2.08), source("b", baseline=5.0)
    (found,) = gather([earlier, later], GRID)
    assert [each.name for each in found.sources] == ["b", "a"]


def test_what_is_0_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    one = source("a", band("red"))
    stored = {("a", "red"): full(5)}
    stored["a", "red"][0] = 0
    serve(monkeypatch, stored)
    look = Looker(shapely.box(*GRID.bounds), GRID).look(image(one))
    assert look.seen_share == look.clear_share == pytest.approx(2 / 3)
