"""What a band is and where it is seen: alpha anywhere, nodata, masks, and declared names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from slidelens.errors import SceneError
from slidelens.geo.rasters import bands as bands_module
from slidelens.geo.rasters.bands import Band, PixelReader, common_dtype, describe_bands, has_mask
from slidelens.geo.rasters.opening import open_dataset
from slidelens.types import Mask
from support.studies import UTM, grid_of

SEEN = np.array([[True, True], [False, True]])


def write(
    path: Path,
    layers: Sequence[NDArray[Any]],
    alpha: Sequence[int] = (),
    names: Sequence[str | None] = (),
    **profile: Any,
) -> Path:
    """Write layers of 2 × 2 pixels; those at the positions `alpha` are called alpha."""
    values = np.stack(layers)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=2,
        width=2,
        count=len(values),
        crs=UTM,
        transform=grid_of(2, 2).transform,
        dtype=values.dtype,
        **profile,
    ) as dataset:
        dataset.colorinterp = [
            ColorInterp.alpha if index in alpha else ColorInterp.undefined
            for index in range(len(values))
        ]
        dataset.write(values)
        if names:
            dataset.descriptions = tuple(names)
    return path


def seen(path: Path, nodata: float | None = None) -> Mask:
    with open_dataset(path) as dataset:
        bands = describe_bands(dataset, path)
        reader = PixelReader(dataset, bands, nodata=nodata)
        data = [band for band in bands if band.role == "data"]
        mask: Mask = np.logical_and.reduce([reader.read_stored(band)[1] for band in data])
    return mask


def roles(path: Path) -> list[str]:
    with rasterio.open(path) as dataset:
        return [band.role for band in describe_bands(dataset, path)]


def full(value: int = 7, dtype: str = "uint16") -> NDArray[Any]:
    return np.full((2, 2), value, dtype)


@pytest.mark.parametrize("count", range(1, 8))
def test_alpha_is_the_mask_wherever_it_stands(count: int, tmp_path: Path) -> None:
    for place in range(count + 1):
        layers = [full()] * count
        layers.insert(place, SEEN.astype("uint16") * 3)
        path = write(tmp_path / "a.tif", layers, [place])
        assert roles(path).count("data") == count
        np.testing.assert_array_equal(seen(path), SEEN)


def test_every_alpha_band_counts_and_nan_is_not_seen(tmp_path: Path) -> None:
    other = np.array([[1, 0], [1, np.nan]], "float32")
    layers = [full(7, "float32"), SEEN.astype("float32"), other]
    assert seen(write(tmp_path / "a.tif", layers, [1, 2])).tolist() == [
        [True, False],
        [False, False],
    ]


def test_a_described_band_is_not_alpha(tmp_path: Path) -> None:
    """GDAL calls the fourth of four bands of bytes alpha, and would mask by it."""
    layers = [full(7, "uint8")] * 3 + [np.array([[0, 9], [9, 9]], "uint8")]
    path = write(tmp_path / "a.tif", layers, [3], ["blue", "green", "red", "nir"])
    assert roles(path) == ["data"] * 4
    assert seen(path).all()
    path = write(tmp_path / "b.tif", layers, [3], ["blue", "green", "red", "Alpha"])
    assert roles(path)[3] == "alpha"


@pytest.mark.parametrize("name", ["Alpha Band", "valid_mask", "Band 6", "Layer_6", "OPACITY"])
def test_names_of_masks_and_names_of_nothing_leave_a_band_alpha(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", [full()] * 6, alpha=[5], names=["a", "b", "c", "d", "e", name])
    assert roles(path)[5] == "alpha"


@pytest.mark.parametrize("name", ["nir", "invalidity", "B6", "swir 2"])
def test_alpha_with_the_name_of_an_image_is_told(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", [full()] * 6, alpha=[5], names=["a", "b", "c", "d", "e", name])
    with open_dataset(path) as dataset:
        band = describe_bands(dataset, path)[5]
    assert (band.role, band.is_named_alpha) == ("data", True)


def test_alpha_and_a_nodata_value_both_count(tmp_path: Path) -> None:
    first = np.array([[0, 7], [7, 7]], "uint8")
    layers = [first, full(7, "uint8"), full(7, "uint8"), SEEN.astype("uint8")]
    path = write(tmp_path / "a.tif", layers, [3], nodata=0)
    assert seen(path).tolist() == [[False, True], [False, True]]


def test_the_nodata_value_of_the_user_counts_besides_that_of_the_file(tmp_path: Path) -> None:
    values = np.array([[0, 9], [9, 5]], "uint16")
    path = write(tmp_path / "a.tif", [values, full()], nodata=5)
    assert seen(path, nodata=0).tolist() == [[False, True], [True, False]]
    assert seen(path, nodata=-9999).tolist() == [[True, True], [True, False]]


def test_nodata_values_that_differ_by_band(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", [np.array([[1, 2], [3, 4]], "uint8")])
    band = (
        '<VRTRasterBand dataType="Byte" band="{0}"><NoDataValue>{1}</NoDataValue><SimpleSource>'
        '<SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand>"
    )
    bands = band.format(1, 1) + band.format(2, 4) + band.format(3, -9999)  # no value of the type
    (tmp_path / "a.vrt").write_text(
        f'<VRTDataset rasterXSize="2" rasterYSize="2">{bands}</VRTDataset>'
    )
    assert seen(tmp_path / "a.vrt").tolist() == [[False, True], [True, False]]


def test_a_mask_beside_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", [full()] * 3)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(SEEN)
    assert (tmp_path / "a.tif.msk").exists()
    np.testing.assert_array_equal(seen(path), SEEN)
    with rasterio.open(path) as dataset:
        assert has_mask(describe_bands(dataset, path))


def test_the_common_type_holds_all_bands(tmp_path: Path) -> None:
    kinds = {("uint8", "uint16"): "uint16", ("uint16", "int16"): "int32", ("int8",): "int8"}
    for types, common in kinds.items():
        bands: list[Band] = []
        for dtype in types:
            path = write(tmp_path / f"{dtype}.tif", [full(7, dtype)])
            with rasterio.open(path) as dataset:
                bands += describe_bands(dataset, path)
        assert common_dtype(bands) == common


def test_bands_without_brightness_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", [full(7, "complex64")])
    with rasterio.open(path) as dataset, pytest.raises(SceneError, match="complex numbers in band"):
        describe_bands(dataset, path)
    path = write(tmp_path / "b.tif", [full(1, "uint8")])
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {1: (200, 100, 50, 255)})
    with rasterio.open(path) as dataset:
        assert describe_bands(dataset, path, masks_only=True)[0].role == "data"
        with pytest.raises(SceneError, match="gdal_translate -expand rgb"):
            describe_bands(dataset, path)


def test_scales_that_make_no_value_are_refused(tmp_path: Path) -> None:
    for scale, offset in ((0.0, 1.0), (1.0, np.nan), (np.inf, 0.0)):
        path = write(tmp_path / "a.tif", [full()])
        with rasterio.open(path, "r+") as dataset:
            dataset.scales, dataset.offsets = (scale,), (offset,)
        with rasterio.open(path) as dataset, pytest.raises(SceneError, match="declares the scale"):
            describe_bands(dataset, path)


@pytest.mark.parametrize(("most_bytes", "readings"), [(1, 7), (16, 4), (10**6, 1)])
def test_many_bands_are_read_in_few_readings_and_as_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int, readings: int
) -> None:
    layers = [np.array([[0, number], [number, 9]], "uint16") for number in range(7)]
    path = write(tmp_path / "a.tif", layers, nodata=3)
    monkeypatch.setattr(bands_module, "_MOST_BYTES", most_bytes)
    with open_dataset(path) as dataset:
        bands = describe_bands(dataset, path)
        single = [PixelReader(dataset, bands).read_stored(band) for band in bands]
        counted = mock.Mock(wraps=dataset, window=None, height=2, width=2)
        together = list(PixelReader(counted, bands).read_all_stored(bands))
    assert counted.read.call_count == readings
    assert [band for band, _, _ in together] == list(bands)
    for (_, stored, valid), (one, one_valid) in zip(together, single, strict=True):
        np.testing.assert_array_equal(stored, one)
        np.testing.assert_array_equal(valid, one_valid)


def test_a_window_of_many_bands(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", [full(number) for number in range(3)])
    with open_dataset(path) as dataset:
        bands = describe_bands(dataset, path)
        reader = PixelReader(dataset, bands, window=Window(1, 0, 1, 2))
        found = [stored for _, stored, _ in reader.read_all_stored(bands[1:])]
    np.testing.assert_array_equal(found, [np.full((2, 1), 1), np.full((2, 1), 2)])
