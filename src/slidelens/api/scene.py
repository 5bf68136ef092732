"""Open scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rasterio.crs import CRS

from slidelens.api.inputs.inventories import PathLike
from slidelens.api.inputs.lists import require_list
from slidelens.api.network import Network
from slidelens.api.notebook import html_list
from slidelens.geo.grid import Bounds, crs_name
from slidelens.geo.rasters.header import Header, read_header
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.rasters.scene import Scene, read_on_grid
from slidelens.study.images.channels import bands_to_read

# Functions that take a path have no arguments to say more about the file.
_BY_PATH = ReadingOptions(
    names_option="band_names of sl.open_scene", nodata_option="nodata of sl.open_scene"
)


@dataclass(frozen=True, repr=False)
class SceneFile:
    """A scene on disk whose pixels are read on demand.

    Attributes:
        header: Grid, bands and data type of the file.
    """

    header: Header

    @property
    def path(self) -> Path:
        """The file."""
        return self.header.path

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands in file order."""
        return self.header.bands

    @property
    def crs(self) -> CRS:
        """The CRS of the file."""
        return self.header.grid.crs

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.header.grid.shape

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in units of the CRS."""
        return self.header.grid.pixel_size

    @property
    def bounds(self) -> Bounds:
        """(left, bottom, right, top) in units of the CRS."""
        return self.header.grid.bounds

    def read(self, bands: Sequence[str] | None = None) -> Scene:
        """Read pixels and their validity on the grid of the file.

        Args:
            bands: Names of the bands to read, all by default.

        Raises:
            SceneError: If a band is missing or the file is truncated.
            ParamsError: If `bands` is a single text.
        """
        require_list(bands, "bands")
        return read_on_grid(self.header, self.header.grid, bands or self.bands)

    def __repr__(self) -> str:
        height, width = self.shape
        return (
            f"<Scene {self.path.name}: {height} × {width} pixels of "
            f"{self.pixel_size[0]:g} × {self.pixel_size[1]:g}, {crs_name(self.crs)}, "
            f"bands {', '.join(self.bands)}>"
        )

    def _repr_html_(self) -> str:
        return html_list(
            {
                "scene": self.path.name,
                "size (pixels)": " × ".join(map(str, self.shape)),
                "pixel": " × ".join(f"{side:g}" for side in self.pixel_size),
                "CRS": crs_name(self.crs),
                "bands": ", ".join(self.bands),
            }
        )


def open_for(
    scene: SceneFile | PathLike, network: Network, reading: ReadingOptions | None = None
) -> SceneFile:
    """Open a scene that a network is to map, unless it is; messages tell the bands that it needs.

    Args:
        scene: Any raster that GDAL reads, or a scene that is open.
        network: The network.
        reading: What the user says about the bands; by default messages name `open_scene`, which
            takes it.

    Raises:
        SceneError: As for `open_scene`.
    """
    if isinstance(scene, SceneFile):
        return scene
    options = replace(reading or _BY_PATH, wanted=tuple(bands_to_read(network.bands, ())))
    return SceneFile(read_header(Path(scene), options))


def open_scene(
    path: PathLike, band_names: Sequence[str] = (), nodata: float | None = None
) -> SceneFile:
    """Open a scene without reading its pixels.

    Args:
        path: Any raster that GDAL reads.
        band_names: Names of all bands in file order; by default those in the file.
        nodata: A value that stands for no data, besides what the file declares.

    Raises:
        SceneError: If the file is missing, no raster, does not say where it lies, or its bands
            have no names.
        ParamsError: If `band_names` is a single text.
    """
    require_list(band_names, "band_names")
    return SceneFile(read_header(Path(path), ReadingOptions(tuple(band_names), nodata)))
