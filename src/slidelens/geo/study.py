"""A study on disk: which scenes, inventories and areas there are, and the grids they are brought onto."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError
from shapely.geometry.base import BaseGeometry

from slidelens.errors import GridError, InventoryError, SceneError, SlidelensError
from slidelens.geo.derived import SLOPE, channels
from slidelens.geo.grid import Bounds, Grid, covering, name_of, utm_crs
from slidelens.geo.inventory import SUFFIXES, find_inventory, read_inventory
from slidelens.geo.mask import rasterise
from slidelens.geo.scene import Header, Mask, Scene, pixel_size_m, read_header, read_on
from slidelens.params import Params
from slidelens.params import Study as StudyParams

PRETRAIN = "pretrain"
DEM = "terrain/dem.tif"
SCENE_SUFFIXES = (".tif", ".tiff", ".vrt")
_MARGIN_PIXELS = 32  # ground around the investigation area that predictions at its edge may look at


@dataclass(frozen=True)
class Ground:
    """One image to prepare: a date's, or the pretraining one.

    name: the date, or `pretrain`
    inventory: None where the date is not mapped
    tile_px: side of its tiles, of a mosaic of different places; None for an image
    """

    name: str
    header: Header
    inventory: Path | None
    grid: Grid
    aoi: BaseGeometry
    tile_px: int | None = None


@dataclass(frozen=True)
class Study:
    """Everything that `prepare` brings together.

    grounds: the dates' in time order
    pretrain: the separate first event's
    dem: the height model; None where there is none
    bands: names, in the order of the networks' input
    derived: names of the channels that are computed from the bands and follow them
    reference: the date into whose light the other dates' images are brought; None where they stay as they are
    Grounds with a problem are left out.
    problems: one line each, with its remedy; empty where `prepare` will succeed
    notes: one line each, of things that are allowed but worth knowing
    """

    bands: tuple[str, ...]
    grounds: tuple[Ground, ...]
    pretrain: Ground | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dem: Path | None = None
    derived: tuple[str, ...] = ()
    reference: str | None = None


@dataclass(frozen=True)
class Material:
    """A ground's scene and inventory on its grid.

    inside: (height, width) bool, pixels in the area of interest
    polygons: landslides that reach into the area, in the grid's CRS, index 0…n-1; None where not mapped
    inventory: those of them whose centroid lies in the area, with their index in `polygons`; None where not mapped
    """

    ground: Ground
    scene: Scene
    inside: Mask
    polygons: gpd.GeoDataFrame | None
    inventory: gpd.GeoDataFrame | None


@dataclass
class _Findings:
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Note a problem and go on, so that a user sees all of them at once."""
        try:
            yield
        except SlidelensError as error:
            self.problems.append(str(error))

    def fits(self, ground: Ground, bands: Sequence[str], derived: Sequence[str]) -> bool:
        """Whether a ground's scene has the bands, none of those to be derived, and reaches the area; a problem is noted."""
        before = len(self.problems)
        with self.gathering():
            ground.header.positions(bands)
            _require_underived(ground, derived)
            _require_overlap(ground)
            _require_tiles(ground)
        return len(self.problems) == before


def open_study(params: Params) -> Study:
    """Find and describe a study, reading headers and areas but no pixels; problems are gathered, not raised."""
    study, findings = params.study, _Findings()
    root = Path(study.root)
    if not root.is_dir():
        return Study((), (), None, (f"there is no study folder {root}; make it, or set study.root in params.yaml",))
    headers = _headers(root, study, params.dates, findings)
    inventories = _inventories(root, params.dates, findings)
    first = _pretrain_header(root, study, findings)
    # What a later date brings must not move the grid, or every date would have to run again.
    leading = [headers[date] for date in (params.split.dates or params.dates) if date in headers]
    bands = study.bands or next((header.bands for header in (first, *leading) if header), ())
    derived: tuple[str, ...] = ()
    with findings.gathering():
        derived = channels(study.derived, bands) if bands else ()
    grounds: tuple[Ground, ...] = ()
    pretrain = None
    with findings.gathering():
        grounds = _grounds(root, study, headers, inventories, leading) if leading else ()
    with findings.gathering():
        if first and (root / study.pretrain.inventory).exists():
            pretrain = _pretrain_ground(root, study, first, grounds[0].grid.pixel_m if grounds else study.pixel_m)
    grounds = tuple(ground for ground in grounds if findings.fits(ground, bands, derived))
    pretrain = pretrain if pretrain and findings.fits(pretrain, bands, derived) else None
    dem = _dem(root, study, grounds, findings)
    with findings.gathering():
        _require_heights(study, dem, (*grounds[:1], *((pretrain,) if pretrain else ())))
    reference = None
    with findings.gathering():
        reference = _reference(root, study, headers)
    return Study(bands, grounds, pretrain, tuple(findings.problems), tuple(findings.notes), dem, derived, reference)


def _dem(root: Path, study: StudyParams, grounds: Sequence[Ground], findings: _Findings) -> Path | None:
    """The height model that is named, or lies where one would; None where there is none, or it has a problem."""
    path = root / (study.dem or DEM)
    with findings.gathering():
        if path.exists():
            return _reaching(path, grounds)
        if study.dem is not None:
            raise SceneError(f"there is no height model {path}; set study.dem, or null for {root / DEM} where there is one")
    return None


def _reaching(path: Path, grounds: Sequence[Ground]) -> Path:
    header = read_header(path, ("elevation",))
    for ground in grounds[:1]:
        if not shapely.box(*header.bounds_in(ground.grid.crs)).intersects(ground.aoi):
            raise SceneError(f"the height model {path} ({name_of(header.grid.crs)}) does not reach the area; check its CRS and study.dem")
    return path


def _require_heights(study: StudyParams, dem: Path | None, grounds: Sequence[Ground]) -> None:
    """Raise SceneError where slope is wanted of ground that has no height, or that lies elsewhere than it says."""
    if SLOPE not in study.derived:
        return
    if dem is None:
        raise SceneError(f"study.derived has slope, and the study has no height model; set study.dem, put one at {DEM}, or take slope out")
    header = read_header(dem, ("elevation",))
    for ground in grounds:
        if ground.tile_px:
            raise SceneError(f"study.derived has slope, and {ground.header.path.name} is a mosaic of other places; take slope out")
        covered = shapely.box(*header.bounds_in(ground.grid.crs)).intersection(ground.aoi).area / ground.aoi.area
        if covered < 0.99:
            raise SceneError(
                f"study.derived has slope, and the height model {dem} covers {100 * covered:.0f} % of the area of {ground.name}; "
                "give one that covers it (a .vrt joins files), or take slope out"
            )


def _reference(root: Path, study: StudyParams, headers: dict[str, Header]) -> str | None:
    """The date in whose light the others are brought. Raises SceneError where it is not clear, or the scenes are mosaics."""
    if study.radiometry == "none":
        return None
    if study.tile_px:
        raise SceneError(f"study.radiometry is {study.radiometry}, and tiles of a mosaic have each their own light; set it to none")
    shared = [date for date, header in headers.items() if header.path == root / study.pretrain.scene]
    if study.reference is None and not shared:
        raise SceneError(
            f"study.radiometry is {study.radiometry}, and no date's scene is the pretraining scene; set study.reference to the date "
            f"in whose light the others are brought: {', '.join(headers)}"
        )
    return study.reference or shared[0]


def _grounds(
    root: Path, study: StudyParams, headers: dict[str, Header], inventories: dict[str, Path | None], leading: Sequence[Header]
) -> tuple[Ground, ...]:
    area = _area(root, study.aoi or ("aoi.gpkg" if (root / "aoi.gpkg").exists() else None), leading)
    crs = _metric_crs(study.crs, area)
    shape = _in_crs(area, crs)
    pixel_m = study.pixel_m or pixel_size_m(leading[0], crs)
    margin_m = 0.0 if study.tile_px else _MARGIN_PIXELS * pixel_m
    grid = _grid(shape.bounds, leading[0], crs, pixel_m, margin_m)
    known = [(date, header) for date, header in headers.items() if date in inventories]
    return tuple(Ground(date, header, inventories[date], grid, shape, study.tile_px) for date, header in known)


def _headers(root: Path, study: StudyParams, dates: Sequence[str], findings: _Findings) -> dict[str, Header]:
    headers = {}
    for date in dates:
        with findings.gathering():
            headers[date] = read_header(_scene_path(root, date), study.band_names)
    _note_unlisted(root / "scenes", SCENE_SUFFIXES, dates, findings)
    return headers


def _scene_path(root: Path, date: str) -> Path:
    paths = [root / "scenes" / f"{date}{suffix}" for suffix in SCENE_SUFFIXES]
    found = [path for path in paths if path.exists()]
    if not found:
        there = sorted({path.stem for path in (root / "scenes").glob("*") if path.suffix in SCENE_SUFFIXES})
        raise SceneError(
            f"there is no scene {paths[0]}; {root / 'scenes'} has {', '.join(there) or 'none'}: set the dates with `slidelens dates …`"
        )
    return found[0]


def _note_unlisted(folder: Path, suffixes: Sequence[str], dates: Sequence[str], findings: _Findings) -> None:
    others = sorted(path.name for path in folder.glob("*") if path.suffix in suffixes and path.stem not in dates)
    if others:
        findings.notes.append(f"{folder} holds {', '.join(others)}, not among the dates; add them with `slidelens dates …` to use them")


def _inventories(root: Path, dates: Sequence[str], findings: _Findings) -> dict[str, Path | None]:
    found: dict[str, Path | None] = {}
    for date in dates:
        with findings.gathering():
            found[date] = find_inventory(root / "inventories", date)
            if found[date] is None:
                findings.notes.append(f"{date} has no inventory: it will be mapped, not scored")
    _note_unlisted(root / "inventories", SUFFIXES, dates, findings)
    return found


def _pretrain_header(root: Path, study: StudyParams, findings: _Findings) -> Header | None:
    with findings.gathering():
        if not (root / study.pretrain.inventory).exists():
            raise InventoryError(f"there is no pretraining inventory {root / study.pretrain.inventory}; set study.pretrain.inventory")
    with findings.gathering():
        return read_header(root / study.pretrain.scene, study.band_names)
    return None


def _area(root: Path, name: str | None, headers: Sequence[Header]) -> gpd.GeoSeries:
    """The polygon of an area file, or else where all scenes overlap; in its own CRS."""
    if name is not None:
        frame = read_inventory(root / name)
        if frame.empty:
            raise InventoryError(f"{root / name} has no polygon; draw the area, or take the file away to use where all scenes overlap")
        return _placed(gpd.GeoSeries([frame.union_all()], crs=frame.crs), str(root / name))
    crs = headers[0].grid.crs
    overlap = shapely.intersection_all([shapely.box(*header.bounds_in(crs)) for header in headers])
    names = ", ".join(header.path.name for header in headers)
    if overlap.area == 0:
        raise SceneError(f"the scenes {names} do not overlap; check their CRSs, or give an aoi.gpkg")
    return _placed(gpd.GeoSeries([overlap], crs=crs), names)


def _placed(area: gpd.GeoSeries, name: str) -> gpd.GeoSeries:
    """The area, if its coordinates are somewhere on Earth."""
    west, south, east, north = area.to_crs(4326).total_bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        x, y = area.total_bounds[:2]
        raise GridError(
            f"{name} is in {name_of(CRS.from_user_input(area.crs))}, but begins at {x:.7g}, {y:.7g}, which is no place in it; set its true CRS"
        )
    return area


def _metric_crs(configured: str | None, area: gpd.GeoSeries) -> CRS:
    if configured is None:
        centre = area.to_crs(4326).union_all().centroid
        return utm_crs(centre.x, centre.y)
    try:
        crs = CRS.from_user_input(configured)
    except CRSError as error:
        raise GridError(f"study.crs is {configured}, which is no CRS; give for instance EPSG:32645") from error
    Grid(crs, covering((0, 0, 1, 1), crs, 1).transform, 1, 1).require_metric()
    return crs


def _in_crs(area: gpd.GeoSeries, crs: CRS) -> BaseGeometry:
    return area.segmentize(_segment(area)).to_crs(crs).union_all()


def _segment(area: gpd.GeoSeries) -> float:
    left, bottom, right, top = area.total_bounds
    return max(right - left, top - bottom) / 100


def _grid(bounds: Bounds, header: Header, crs: CRS, pixel_m: float, margin_m: float = 0.0) -> Grid:
    """The grid over an area, laid on the scene's own pixels where they have its CRS and size: their values are then taken as they are."""
    own = header.grid.transform
    same = header.grid.crs == crs and math.isclose(own.a, pixel_m) and math.isclose(-own.e, pixel_m)
    left, bottom, right, top = bounds
    around = (left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    return covering(around, crs, pixel_m, (own.c, own.f) if same else (0.0, 0.0))


def _pretrain_ground(root: Path, study: StudyParams, header: Header, pixel_m: float | None) -> Ground:
    area = _area(root, study.pretrain.aoi, [header])
    crs = _metric_crs(study.crs, area)
    shape = _in_crs(area, crs)
    grid = _grid(shape.bounds, header, crs, pixel_m or pixel_size_m(header, crs))
    return Ground(PRETRAIN, header, root / study.pretrain.inventory, grid, shape, study.pretrain.tile_px)


def _require_underived(ground: Ground, derived: Sequence[str]) -> None:
    """`slidelens map` takes a band of a file before it computes one: a file must not hold another one of the same name."""
    own = [name for name in derived if name in ground.header.bands]
    if own:
        raise SceneError(
            f"{ground.header.path} has a band {own[0]} of its own; use that (study.bands), and do not derive it (study.derived)"
        )


def _require_overlap(ground: Ground) -> None:
    if not shapely.box(*ground.header.bounds_in(ground.grid.crs)).intersects(ground.aoi):
        raise SceneError(
            f"scene {ground.header.path.name} ({name_of(ground.header.grid.crs)}) does not reach the area of {ground.name}; check its CRS and study.aoi"
        )


def _require_tiles(ground: Ground) -> None:
    """A mosaic is used pixel by pixel and by whole tiles: resampled, each tile would take pixels of places that are not beside it."""
    side, own, grid = ground.tile_px, ground.header.grid, ground.grid
    if side and not (own.crs == grid.crs and own.transform == grid.transform and own.shape == grid.shape):
        raise GridError(
            f"{ground.name}: scene {ground.header.path.name} is a mosaic of tiles, {own.describe()}, but its grid is {grid.describe()}; "
            "leave out aoi, study.crs and study.pixel_m, or take tile_px away"
        )
    if side and any(length % side for length in grid.shape):
        raise GridError(f"{ground.header.path.name} has {grid.height} × {grid.width} pixels, no whole tiles of {side}; correct tile_px")


def read_material(ground: Ground, bands: Sequence[str], band_names: Sequence[str] = ()) -> Material:
    """Read a ground's pixels and polygons onto its grid.

    Raises SceneError where no pixel of the area is valid, or a band never is; InventoryError where the inventory lies off the scene.
    """
    scene = read_on(ground.header.path, ground.grid, bands, band_names)
    inside = rasterise([ground.aoi], ground.grid)
    if not (scene.valid & inside).any():
        raise SceneError(f"{ground.header.path} has no valid pixel in the area of {ground.name}{_blame(ground, bands, band_names)}")
    polygons = read_polygons(ground)
    return Material(ground, scene, inside, polygons, None if polygons is None else polygons[polygons.centroid.within(ground.aoi)])


def _blame(ground: Ground, bands: Sequence[str], band_names: Sequence[str]) -> str:
    """Which single band is to blame where the others are fine."""
    empty = [band for band in bands if not read_on(ground.header.path, ground.grid, [band], band_names).valid.any()]
    if 0 < len(empty) < len(bands):
        return f": band {empty[0]} is all nodata or NaN; repair the file or leave the band out of study.bands"
    return ": it is all nodata there; give another scene, or take the date out with `slidelens dates …`"


def read_polygons(ground: Ground) -> gpd.GeoDataFrame | None:
    """The landslides that reach into the area, in the grid's CRS, index 0…n-1.

    Raises InventoryError where the inventory lies off the scene, or the pretraining one has none to learn from.
    """
    if ground.inventory is None:
        return None
    original = read_inventory(ground.inventory)
    frame = original.to_crs(ground.grid.crs)
    scene = shapely.box(*ground.header.bounds_in(ground.grid.crs))
    if len(frame) and not (np.isfinite(frame.total_bounds).all() and frame.intersects(scene).any()):
        raise InventoryError(
            f"inventory {ground.inventory.name} is in {name_of(CRS.from_user_input(original.crs))} and has no landslide inside scene "
            f"{ground.header.path.name} ({name_of(ground.header.grid.crs)}); check its CRS"
        )
    reaching = frame[frame.intersects(ground.aoi)].reset_index(drop=True)
    if ground.name == PRETRAIN and reaching.empty:
        raise InventoryError(
            f"{ground.inventory} has no landslide in the pretraining area; there is nothing to learn from: check study.pretrain"
        )
    return reaching
