"""Whether files are those of an earlier run."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from slidelens.errors import SceneError
from slidelens.learning.tiling.identity import require_unchanged, state_of, states_of
from support.studies import grid_of, numbered, write_image

GRID = grid_of(8, 8)


def vrt_of(image: Path, source: str, path: Path) -> Path:
    """Write a VRT of an image that reads it through another name."""
    rasterio.shutil.copy(image, path, driver="VRT")
    path.write_text(path.read_text().replace(image.name, source))
    return path


def test_the_state_of_one_file(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", GRID, numbered(8, 8))
    status = path.stat()
    assert state_of(path) == [(str(path), status.st_size, status.st_mtime_ns)]
    path.write_bytes(b"damaged")
    assert [place for place, *_ in state_of(path)] == [str(path)]
    assert state_of(tmp_path / "none.tif") == []
    assert state_of(Path("/vsicurl/https://example.org/a.tif")) == []


@pytest.mark.parametrize("changed", ["a.tif", "a.vrt", "b.vrt", "a.tif.msk"])
def test_the_state_of_a_vrt_is_that_of_all_it_reads(tmp_path: Path, changed: str) -> None:
    image = write_image(tmp_path / "a.tif", GRID, numbered(8, 8))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(image, "r+") as dataset:
        dataset.nodata = None
        dataset.write_mask(np.eye(8, dtype=bool))
    vrt_of(image, "a.tif", tmp_path / "a.vrt")
    path = vrt_of(image, "a.vrt", tmp_path / "b.vrt")
    before = state_of(path)
    assert before[0][0] == str(path)
    os.utime(tmp_path / changed, ns=(0, 0))
    places = {place for place, *_ in set(before) ^ set(state_of(path))}
    assert places == {str(tmp_path / changed)}


@pytest.mark.parametrize("relative", ["0", "1"])
def test_the_state_of_a_vrt_is_also_that_of_what_its_mask_is_read_from(
    tmp_path: Path, relative: str
) -> None:
    image = write_image(tmp_path / "a.tif", GRID, numbered(8, 8))
    mask = write_image(tmp_path / "mask.tif", GRID, numbered(8, 8))
    vrt_of(mask, "mask.tif", tmp_path / "mask.vrt")
    path = vrt_of(image, "a.tif", tmp_path / "a.vrt")
    name = "mask.vrt" if relative == "1" else tmp_path / "mask.vrt"
    source = (
        f'<SourceFilename relativeToVRT="{relative}">{name}</SourceFilename>'
        "<SourceBand>1</SourceBand>"
    )
    band = (
        f'<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource>{source}</SimpleSource>'
        "</VRTRasterBand></MaskBand>"
    )
    path.write_text(path.read_text().replace("</VRTDataset>", f"{band}</VRTDataset>"))
    before = state_of(path)
    for changed in ("mask.vrt", "mask.tif"):
        os.utime(tmp_path / changed, ns=(0, 0))
        places = {place for place, *_ in set(before) ^ set(state_of(path))}
        assert places == {str(tmp_path / changed)}
        before = state_of(path)


def test_overviews_and_statistics_do_not_count(tmp_path: Path) -> None:
    image = write_image(tmp_path / "a.tif", GRID, numbered(8, 8))
    before = state_of(image)
    write_image(tmp_path / "a.tif.ovr", grid_of(4, 4), numbered(4, 4))
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset></PAMDataset>")
    with rasterio.open(image) as dataset:
        assert len(dataset.files) == 3
    assert state_of(image) == before


def test_files_elsewhere_do_not_count(tmp_path: Path) -> None:
    image = write_image(tmp_path / "a.tif", GRID, numbered(8, 8))
    path = vrt_of(image, "/vsicurl/https://example.org/a.tif", tmp_path / "a.vrt")
    assert [place for place, *_ in state_of(path)] == [str(path)]


def test_the_file_that_has_changed_is_named(tmp_path: Path) -> None:
    image = write_image(tmp_path / "a.tif", GRID, numbered(8, 8))
    heights = write_image(tmp_path / "dem.tif", GRID, numbered(8, 8))
    states = states_of(vrt_of(image, "a.tif", tmp_path / "a.vrt"), heights, None)
    require_unchanged(states)
    os.utime(image, ns=(0, 0))
    with pytest.raises(SceneError, match=rf"^{image} has changed while .*; run the command again"):
        require_unchanged(states)
    heights.unlink()
    with pytest.raises(SceneError, match="has changed"):
        require_unchanged(states_of(image) | {heights: states[heights]})
