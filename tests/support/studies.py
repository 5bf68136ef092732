"""Tiny studies for tests: written in a second, with landslides that a tiny network can learn.

The investigation area has 96 × 96 pixels of 10 m, 32 more around it, and blocks of 16 pixels. The
pretraining area has the same size and lies 5 km to the east.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import yaml
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy.ndimage import gaussian_filter

from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.params.loading import parse_params
from slidelens.params.schema import Params
from slidelens.types import Mask
from support.sharing import make_once

ROOT = Path(__file__).resolve().parents[2]
UTM = CRS.from_epsg(32645)
BANDS = ("green", "red", "nir")
PIXEL_M, SIDE, AROUND = 10.0, 96, 32
WEST, NORTH, EAST_OF_IT = 320_000.0, 3_110_000.0, 5_000.0


def grid_of(
    height: int,
    width: int,
    pixel_m: float = PIXEL_M,
    west: float = WEST,
    north: float = NORTH,
    crs: CRS = UTM,
) -> Grid:
    return Grid(crs, Affine(pixel_m, 0, west, 0, -pixel_m, north), height, width)


def box(grid: Grid, row: float, column: float, rows: float, columns: float) -> shapely.Polygon:
    """The rectangle of pixels (row…row+rows, column…column+columns)."""
    left, top = grid.transform @ (column, row)
    right, bottom = grid.transform @ (column + columns, row + rows)
    return shapely.box(left, bottom, right, top)


def area_grid(west: float = WEST) -> Grid:
    """The pixels of an area, without those around it."""
    return grid_of(SIDE, SIDE, west=west)


def scene_grid(west: float = WEST) -> Grid:
    """The pixels of an area and those around it."""
    return grid_of(
        SIDE + 2 * AROUND,
        SIDE + 2 * AROUND,
        west=west - AROUND * PIXEL_M,
        north=NORTH + AROUND * PIXEL_M,
    )


def landslides(grid: Grid, number: int, seed: int) -> list[shapely.Polygon]:
    """Ellipses with radii of 3–6 by 2–3 pixels, in `number` cells of a raster: none touch."""
    rng = np.random.default_rng(seed)
    cells = [
        (row, column) for row in range(8, grid.height, 16) for column in range(8, grid.width, 16)
    ]
    chosen = [cells[i] for i in sorted(rng.permutation(len(cells))[:number])]
    return [
        _ellipse(
            grid,
            row + rng.uniform(-1, 1),
            column + rng.uniform(-1, 1),
            rng.uniform(3, 6),
            rng.uniform(2, 3),
            rng,
        )
        for row, column in chosen
    ]


def _ellipse(
    grid: Grid, row: float, column: float, along: float, across: float, rng: np.random.Generator
) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x, y = grid.transform @ (column, row)
    shape = shapely.Polygon(
        np.column_stack([x + PIXEL_M * along * np.cos(angle), y + PIXEL_M * across * np.sin(angle)])
    )
    return shapely.affinity.rotate(shape, rng.uniform(0, 180))


def image(grid: Grid, shapes: Sequence[shapely.Polygon], seed: int) -> NDArray[np.uint16]:
    """(height, width, 3): soft patterns and noise; landslides are bright in green and red.

    In near infrared they are dark.
    """
    rng = np.random.default_rng(seed)
    pattern = gaussian_filter(rng.normal(size=grid.shape), 3) * 8
    values = np.stack(
        [800 + 60 * pattern, 700 - 80 * pattern, 3000 + 250 * pattern], axis=-1
    ) + rng.normal(0, 60, (*grid.shape, 3))
    bare = rasterise(shapes, grid)[..., None] * np.array([900, 1300, -900])
    pixels: NDArray[np.uint16] = np.clip(values + bare, 1, 60_000).astype(np.uint16)
    return pixels


def numbered(height: int, width: int, bands: int = 3, dtype: str = "uint16") -> NDArray[Any]:
    """(height, width, bands), every value different and none 0."""
    return (1 + np.arange(height * width * bands)).reshape(height, width, bands).astype(dtype)


def write_image(
    path: Path,
    grid: Grid,
    values: NDArray[Any],
    names: Sequence[str | None] = BANDS,
    nodata: float | None = 0,
    mask: Mask | None = None,
) -> Path:
    """Write (height, width, bands) as a GeoTIFF, by rasterio alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {
        "height": grid.height,
        "width": grid.width,
        "count": values.shape[2],
        "dtype": values.dtype,
        "crs": grid.crs,
        "transform": grid.transform,
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "w", driver="GTiff", nodata=nodata, **profile) as dataset,
    ):
        dataset.write(np.moveaxis(values, -1, 0))
        dataset.descriptions = tuple(names)
        if mask is not None:
            dataset.write_mask(mask)
    return path


def write_shapes(
    path: Path,
    shapes: Sequence[shapely.Geometry],
    crs: Any = UTM,
    kind: str = "Polygon",
    layer: str = "landslides",
) -> Path:
    """Write geometries as a GeoPackage or GeoJSON, by pyogrio alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(
        {"name": [f"n{i}" for i in range(len(shapes))]}, geometry=list(shapes), crs=crs
    )
    options = {"layer": layer} if path.suffix == ".gpkg" else {}
    frame.to_file(path, engine="pyogrio", geometry_type=kind, **options)
    return path


@dataclass(frozen=True)
class Date:
    """A date of a tiny study.

    number: landslides; mapped: whether it has an inventory; seen: share of the columns with data.
    """

    number: int = 20
    mapped: bool = True
    seen: float = 1.0


def write_study(root: Path, dates: Mapping[str, Date], first: Date = Date(number=28)) -> None:
    """Write scenes, inventories, areas and the pretraining event below `root`."""
    for index, (date, what) in enumerate(dates.items()):
        shapes = landslides(area_grid(), what.number, seed=index)
        values = image(scene_grid(), shapes, seed=100 + index)
        values[:, round(what.seen * values.shape[1]) :] = 0
        write_image(root / "scenes" / f"{date}.tif", scene_grid(), values)
        if what.mapped:
            write_shapes(root / "inventories" / f"{date}.gpkg", shapes)
    west = WEST + EAST_OF_IT
    shapes = landslides(area_grid(west), first.number, seed=50)
    write_image(
        root / "pretrain/scene.tif", scene_grid(west), image(scene_grid(west), shapes, seed=150)
    )
    write_shapes(root / "pretrain/inventory.gpkg", shapes)
    for path, at in (("aoi.gpkg", WEST), ("pretrain/aoi.gpkg", west)):
        write_shapes(root / path, [shapely.box(*area_grid(at).bounds)], layer="aoi")


def values_for(root: Path, dates: Sequence[str], /, **changes: Any) -> dict[str, Any]:
    """The repository's params.yaml as a mapping, shrunk to a tiny study.

    changes: `split__seed=2` sets split.seed.
    """
    values = copy.deepcopy(_committed_values())
    values |= {"dates": list(dates), "filters": 4, "batch_size": 4, "epochs": 3, "lr": 0.01}
    values["study"] |= {"root": str(root), "crs": None}
    values["split"] |= {"block_m": 160, "dates": []}
    values["learning"] |= {"patch": 32, "mixed_precision": "off"}
    values["pretrain"] |= {"patches_per_epoch": 16}
    values["finetune"] |= {
        "from": dict.fromkeys(dates, "pretrained"),
        "epochs": 2,
        "patches_per_epoch": 16,
    }
    values["density"] |= {"cell_m": 20}
    for name, value in changes.items():
        *sections, last = name.split("__")
        section = values
        for part in sections:
            section = section[part]
        section[last] = value
    return values


@functools.cache
def _committed_values() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return values


def changed_values(**changes: Any) -> dict[str, Any]:
    """`values_for` of a study of two dates."""
    return values_for(Path("raw"), ["2013", "2014"], **changes)


def params_for(root: Path, dates: Sequence[str], /, **changes: Any) -> Params:
    """`values_for` as checked parameters."""
    return parse_params(values_for(root, dates, **changes))


def write_params(folder: Path, root: Path, dates: Sequence[str], /, **changes: Any) -> Path:
    """`values_for` as folder/params.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(values_for(root, dates, **changes)), encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def small_network(filters: int, bands: int, seed: int = 1, architecture: Any = "unet") -> Any:
    """A network with random weights and random moving averages, as after training."""
    from slidelens.learning.runtime import quiet_tensorflow

    quiet_tensorflow()
    import keras

    from slidelens.learning.networks.registry import build_network
    from slidelens.params.schema import ModelParams

    keras.utils.set_random_seed(seed)
    network = build_network(ModelParams(architecture=architecture), filters, bands)
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.set_weights(
                [rng.uniform(0.5, 1.5, weights.shape) for weights in layer.get_weights()]
            )
    return network


DATES = {"2013": Date(), "2014": Date(number=0), "2015": Date(mapped=False), "2016": Date(seen=0.5)}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of one MLflow store for all stages; making one takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory: pytest.TempPathFactory, store: str) -> tuple[Path, Params]:
    """A prepared and pretrained study of `DATES`: the folder of its outputs and its parameters.

    Tests must not change the folder.
    """
    folder = make_once(tmp_path_factory, "pretrained study", lambda new: _pretrain(new, store))
    return folder, _pretraining_params(folder)


@pytest.fixture
def two_layers(
    pretrained: tuple[Path, Params], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Params]]:
    """The study with weights of two layers, for what does not depend on the network."""
    from support.learning.trainings import two_layer_study

    with two_layer_study(pretrained, tmp_path_factory.mktemp("study") / "two layers") as study:
        yield study


def _pretraining_params(folder: Path) -> Params:
    return params_for(folder / "raw", list(DATES), epochs=8, pretrain__patches_per_epoch=48)


def _pretrain(folder: Path, store: str) -> None:
    from slidelens.stages.prepare import prepare
    from slidelens.stages.pretrain import pretrain

    write_study(folder / "raw", DATES)
    params = _pretraining_params(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        prepare(params, folder / "data/prepared")
        pretrain(params, folder)
