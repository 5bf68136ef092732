"""Files that cannot be opened, each with one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rasterio._err import CPLE_NotSupportedError

from slidelens.errors import ResourceError, SceneError
from slidelens.geo.rasters.opening import open_dataset, translated_errors
from support.studies import grid_of, numbered, write_image


def refusal(path: Path, remedy: str = "is it complete?") -> str:
    with pytest.raises(SceneError) as caught, open_dataset(path, "scene", remedy) as dataset:
        dataset.read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def vrt(path: Path, source: str) -> Path:
    path.write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="UInt16" band="1">'
        f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    return path


def test_what_is_no_raster(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("not a TIFF")
    assert refusal(tmp_path / "text.tif").endswith(
        "GDAL knows no raster format like it; is it complete?"
    )
    (tmp_path / "empty.tif").write_bytes(b"")
    assert "empty.tif is empty (0 bytes)" in refusal(tmp_path / "empty.tif")
    assert "is a folder, not a raster" in refusal(tmp_path)
    assert "there is no scene" in refusal(tmp_path / "none.tif")


def test_devices_and_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    assert "is a device or a pipe" in refusal(tmp_path / "pipe.tif")
    assert "is a device or a pipe" in refusal(Path("/dev/zero"))
    for source in (str(tmp_path / "pipe.tif"), "/vsistdin/", f"/vsigzip/{tmp_path}/pipe.tif"):
        path = vrt(tmp_path / "a.vrt", source)
        assert f"reads from {source}, a device or a pipe" in refusal(path)
    assert "a device or a pipe" in refusal(vrt(tmp_path / "b.vrt", str(tmp_path / "a.vrt")))


def test_a_vrt_of_itself_or_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.vrt"
    assert "cannot read" in refusal(vrt(path, str(path)))
    assert "none.tif" in refusal(vrt(path, str(tmp_path / "none.tif")))


def test_a_vrt_of_files_is_read(tmp_path: Path) -> None:
    image = write_image(tmp_path / "a.tif", grid_of(4, 4), numbered(4, 4))
    with open_dataset(vrt(tmp_path / "a.vrt", str(image))) as dataset:
        assert dataset.read(1)[0, 0] == 1


def test_every_error_of_gdal_is_translated() -> None:
    path = Path("a.tif")
    refused = pytest.raises(SceneError, match="cannot read a.tif: no way; try another")
    with refused, translated_errors(path, "try another"):
        raise CPLE_NotSupportedError(3, 6, "no way.")
    refused_for_memory = pytest.raises(ResourceError, match="a.tif needs more memory than there is")
    with refused_for_memory, translated_errors(path, "try another"):
        raise MemoryError
