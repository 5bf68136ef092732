"""The result of mapping a scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from slidelens.api.inputs.inventories import PathLike
from slidelens.api.mapping.map_files import PROBABILITY, write_beside_map
from slidelens.api.notebook import html_list
from slidelens.errors import OutputError
from slidelens.escaping import counted
from slidelens.files import atomic_write_folder
from slidelens.geo.grid import Grid
from slidelens.layers.probability import write_probability
from slidelens.layers.provenance import Provenance
from slidelens.layers.vector_formats import VectorFormat, require_format
from slidelens.outputs import require_folder_name
from slidelens.types import Float32, Mask


@dataclass(frozen=True, repr=False)
class LandslideMap:
    """A probability map and the landslides on it.

    Attributes:
        probability: (height, width) calibrated probability of landslide, 0 to 1.
        uncertainty: (height, width) its standard deviation over ensemble members and
            symmetries; None if there is only one of each.
        valid: (height, width) true where the scene has a value in every band.
        grid: The grid of the map.
        threshold: Probability from which a pixel is landslide.
        landslides: A row per landslide, largest first.
        scene: Name of the scene's file.
        weights: Name of the weights file.
        provenance: What the map was made from; None: the two names.
    """

    probability: Float32
    uncertainty: Float32 | None
    valid: Mask
    grid: Grid
    threshold: float
    landslides: gpd.GeoDataFrame
    scene: str
    weights: str
    provenance: Provenance | None = None

    def summary(self) -> dict[str, float]:
        """Return number, area, mapped area and threshold, the JSON of `slidelens map`."""
        mapped_km2 = float(self.valid.sum() * self.grid.pixel_area_m2 / 1e6)
        return summarise_map(self.landslides, mapped_km2, self.threshold)

    def save(self, folder: PathLike, format: VectorFormat = "gpkg") -> None:
        """Write probability.tif, the inventory and styles for QGIS into a new folder.

        Args:
            folder: The folder.
            format: Format of the inventory: `gpkg`, `parquet` or `fgb`.

        Raises:
            OutputError: If the folder holds files or cannot be written.
            ParamsError: If the format is unknown or cannot be written.
        """
        require_format(format)
        require_new_folder(Path(folder))
        provenance = self.provenance or Provenance(self.scene, self.weights)
        tags = {"SCENE": self.scene, "WEIGHTS": self.weights}
        with atomic_write_folder(Path(folder)) as temporary:
            path = temporary / PROBABILITY
            write_probability(self.probability, self.valid, self.grid, path, tags, self.uncertainty)
            write_beside_map(
                temporary,
                self.landslides,
                provenance,
                self.grid,
                has_deviation=self.uncertainty is not None,
                format=format,
            )

    def __repr__(self) -> str:
        numbers = self.summary()
        return (
            f"<LandslideMap of {self.scene}: {counted(len(self.landslides), 'landslide')}, "
            f"{numbers['area_m2'] / 1e6:.4g} of {numbers['mapped_km2']:.4g} km², "
            f"threshold {self.threshold:g}>"
        )

    def _repr_html_(self) -> str:
        return html_list(self.summary())


def summarise_map(
    landslides: gpd.GeoDataFrame, mapped_km2: float, threshold: float
) -> dict[str, float]:
    """Return the JSON of `slidelens map`.

    Args:
        landslides: A row per landslide.
        mapped_km2: Area of the valid pixels.
        threshold: Probability from which a pixel is landslide.
    """
    return {
        "landslides": len(landslides),
        "area_m2": float(landslides.area.sum()),
        "mapped_km2": mapped_km2,
        "threshold": threshold,
    }


def require_new_folder(folder: Path) -> None:
    """Raise OutputError if a folder exists and is not empty, or has the name of a file."""
    require_folder_name(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            f"{folder} is there already and nothing in it is overwritten; name a new folder"
        )
