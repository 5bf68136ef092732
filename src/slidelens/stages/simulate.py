"""Stage `simulate`: write the demo study, a simulated valley whose landslides are known."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from slidelens.demo.imaging.spectra import BANDS, MATERIALS
from slidelens.demo.params import DemoParams, load_demo_params
from slidelens.demo.valley import SimulatedStudy, Valley, simulate_study
from slidelens.files import atomic_write_folder, require_writable, write_text
from slidelens.geo.geotiff import open_for_writing
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.inventory import write_inventory, write_layers
from slidelens.run import run

log = logging.getLogger(__name__)
SIMULATED = {"SIMULATED": "yes"}
_SCENES_AT_ONCE = 2  # written
FILES = (
    "README.md",
    "aoi.gpkg",
    "scenes/*.tif",
    "inventories/*.gpkg",
    "terrain/dem.tif",
    "truth/cover.tif",
    "truth/landslides.gpkg",
    *(f"pretrain/{name}" for name in ("scene.tif", "inventory.gpkg", "aoi.gpkg")),
)
_TITLE = "# A simulated study"
README = f"""{_TITLE}

Everything in this folder is simulated: the terrain, the images, the landslides and the \
inventories. No satellite took these images and no
landslide of these happened. The stage `simulate` (demo/dvc.yaml) makes them from \
demo/params.yaml; changes made here by hand are lost.

- `scenes/<date>.tif`: five bands, reflectance × 10,000, nodata 0
- `inventories/<date>.gpkg`: what a mapper would draw from the image: outlines a little off, \
small landslides missed
- `aoi.gpkg`: the investigation area; `pretrain/`: a separate area with its own scene, \
inventory and area
- `terrain/dem.tif`: heights in metres
- `truth/`: what is true. `landslides.gpkg` has the layers `observations` (a row for each \
landslide and date) and `landslides` (a row for
  each landslide); `cover.tif` is the commonest material of every pixel, landslides left out: \
{{materials}}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Read the parameters and write the study."""
    parser = argparse.ArgumentParser(
        prog="python -m slidelens.stages.simulate", description=__doc__
    )
    parser.add_argument(
        "--params",
        type=Path,
        default=Path("demo/params.yaml"),
        help="the demo's parameters (default: %(default)s)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("demo/study"),
        help="folder to write (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    return run("simulate", lambda: simulate(load_demo_params(arguments.params), arguments.output))


def simulate(params: DemoParams, folder: Path) -> None:
    """Write the whole study into `folder`, or nothing.

    Raises:
        OutputError: The folder cannot be written.
    """
    own = FILES if _is_simulated(folder) else ()
    require_writable(folder, own=own)
    study = simulate_study(params, progress=lambda line: log.info("simulate: %s", line))
    with atomic_write_folder(folder, own) as new:
        _write_investigation(study, params, new)
        _write_pretrain(study.pretrain, params, new / "pretrain")
        write_text(
            new / "README.md",
            README.format(
                materials=", ".join(f"{number} {name}" for number, name in enumerate(MATERIALS))
            ),
        )


def _is_simulated(folder: Path) -> bool:
    """Return whether a folder was written by this stage; another study is never replaced."""
    try:
        return (folder / "README.md").read_text(encoding="utf-8").startswith(_TITLE)
    except (OSError, UnicodeDecodeError):
        return False


def _write_investigation(study: SimulatedStudy, params: DemoParams, folder: Path) -> None:
    area = study.investigation

    def write_scene(date: str) -> None:
        acquired = params.dates[date].acquired.date().isoformat()
        path = folder / "scenes" / f"{date}.tif"
        _write_scene(area.views[date].image, area.grid, path, acquired)

    with ThreadPoolExecutor(_SCENES_AT_ONCE) as pool:
        scenes = [pool.submit(write_scene, date) for date in area.views]
        for date, view in area.views.items():
            write_inventory(view.inventory, folder / "inventories" / f"{date}.gpkg")
        for scene in scenes:
            scene.result()
    _write_area(area, folder / "aoi.gpkg")
    _write_raster(
        area.elevation_m[None],
        area.grid,
        folder / "terrain" / "dem.tif",
        ("elevation_m",),
        None,
        SIMULATED,
    )
    _write_raster(
        area.cover[None], area.grid, folder / "truth" / "cover.tif", ("cover",), None, SIMULATED
    )
    write_layers(
        {"observations": area.observations, "landslides": area.landslides},
        folder / "truth" / "landslides.gpkg",
    )


def _write_pretrain(area: Valley, params: DemoParams, folder: Path) -> None:
    view = area.views[params.pretrain.date]
    _write_scene(
        view.image,
        area.grid,
        folder / "scene.tif",
        params.dates[params.pretrain.date].acquired.date().isoformat(),
    )
    write_inventory(view.inventory, folder / "inventory.gpkg")
    _write_area(area, folder / "aoi.gpkg")


def _write_area(area: Valley, path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"area_m2": [area.aoi.area]}, geometry=[area.aoi], crs=area.observations.crs
    )
    write_layers({"aoi": frame}, path)


def _write_scene(image: NDArray[np.uint16], grid: Grid, path: Path, acquired: str) -> None:
    _write_raster(image, grid, path, BANDS, 0, SIMULATED | {"ACQUISITION_DATE": acquired})


def _write_raster(
    bands: NDArray[Any],
    grid: Grid,
    path: Path,
    names: Sequence[str],
    nodata: float | None,
    tags: dict[str, str],
) -> None:
    """Write (bands, height, width); the same values give the same bytes."""
    profile = {
        "driver": "GTiff",
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "interleave": "band",
    }
    profile |= {
        "predictor": 3 if bands.dtype.kind == "f" else 2,
        "count": len(bands),
        "dtype": bands.dtype,
        "nodata": nodata,
    }
    with open_for_writing(path, grid, profile) as dataset:
        dataset.write(bands)
        dataset.descriptions = tuple(names)
        dataset.update_tags(**tags)


if __name__ == "__main__":
    raise SystemExit(main())
