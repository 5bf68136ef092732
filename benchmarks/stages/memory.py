"""Measure time and memory of the pipeline's stages on a study of three large dates.

python -m benchmarks.stages.memory [SIDE …] --work FOLDER [--stages …] prints a row per stage
and side, of fine-tuning and evaluation a row per date: pixels of a date, seconds, peak memory and,
for the report, the size of its page.

The scenes and inventories are those of the demo (--study), mirrored to SIDE × SIDE pixels of four
bands; the pretraining event is the demo's own. Networks are small and trained for an epoch, which
changes times, not what the stages hold of a scene. Each stage runs in a process of its own.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import rasterio
import shapely
import yaml

from benchmarks.arguments import argument_parser
from benchmarks.speed.make_scene import make_scene
from benchmarks.speed.measuring import run
from slidelens.geo.vectors.inventory import write_inventory

DATES = ("2014", "2015", "2016")
SIDES = (3000, 6000, 10_000)
STAGES = (
    "prepare",
    "pretrain",
    "finetune",
    "evaluate",
    "density",
    "revise",
    "lifecycle",
    "report",
)
BY_DATE = ("finetune", "evaluate")
_SETTINGS = {
    "dates": list(DATES),
    "filters": 2,
    "evaluate.symmetries": 1,
    "epochs": 1,
    "study.root": "study",
    "study.bands": ["blue", "green", "red", "nir"],
    "finetune.from": dict.fromkeys(DATES, "pretrained"),
    "finetune.epochs": 1,
    "finetune.patches_per_epoch": 16,
    "pretrain.patches_per_epoch": 16,
}


def make_study(source: Path, root: Path, side: int) -> None:
    """Write the scenes, inventories and heights of a study.

    Args:
        source: The demo's study.
        root: Folder to write to.
        side: Of the scenes, pixels.
    """
    for name in ("scenes", "inventories", "terrain"):
        (root / name).mkdir(parents=True)
    shutil.copytree(source / "pretrain", root / "pretrain")
    make_scene(source / "terrain/dem.tif", root / "terrain/dem.tif", side, side)
    for date in DATES:
        scene = source / "scenes" / f"{date}.tif"
        make_scene(scene, root / "scenes" / f"{date}.tif", side, side)
        inventory = mirrored_inventory(source / "inventories" / f"{date}.gpkg", scene, side)
        write_inventory(inventory, root / "inventories" / f"{date}.gpkg")


def mirrored_inventory(path: Path, scene: Path, side: int) -> gpd.GeoDataFrame:
    """Return an inventory, mirrored as `make_scene` mirrors the scene.

    Args:
        path: The inventory.
        scene: The scene that it belongs to.
        side: Of the large scene, pixels.
    """
    with rasterio.open(scene) as dataset:
        left, bottom, right, top = dataset.bounds
        extent = shapely.box(left, top - side * dataset.res[1], left + side * dataset.res[0], top)
    landslides = gpd.read_file(path)
    copies = [
        landslides.geometry.affine_transform(list(move))
        for move in _copies((left, bottom, right, top), extent)
    ]
    shapes = shapely.make_valid([shape for copy in copies for shape in copy])
    inside = [shape for shape in shapes if extent.contains(shape)]
    frame = gpd.GeoDataFrame(geometry=inside, crs=landslides.crs)
    return frame.assign(area_m2=frame.area)


def _copies(
    bounds: tuple[float, float, float, float], extent: shapely.Polygon
) -> Iterator[tuple[float, ...]]:
    """Yield shapely's affine parameters of all copies of a scene within an extent."""
    left, bottom, right, top = bounds
    width, height = right - left, top - bottom
    _, south, east, _ = extent.bounds
    for row in range(-int(-(top - south) // height)):
        for column in range(-int(-(east - left) // width)):
            x, dx = (-1, left + right) if column % 2 else (1, 0.0)
            y, dy = (-1, bottom + top) if row % 2 else (1, 0.0)
            yield x, 0, 0, y, dx + column * width, dy - row * height


def write_params(source: Path, path: Path) -> None:
    """Write the parameters of the repository, changed for this measurement."""
    params = yaml.safe_load(source.read_text(encoding="utf-8"))
    for name, value in _SETTINGS.items():
        *sections, key = name.split(".")
        target = params
        for section in sections:
            target = target[section]
        target[key] = value
    path.write_text(yaml.safe_dump(params, allow_unicode=True), encoding="utf-8")


def measure(folder: Path, stages: list[str], side: int) -> None:
    """Run the stages in a repository and print a row for each.

    Args:
        folder: Repository with params.yaml and the study.
        stages: Names of the stages.
        side: Of the scenes, pixels.
    """
    source = Path(__file__).resolve().parents[2] / "src"
    for stage in stages:
        for date in DATES if stage in BY_DATE else ("",):
            name = f"{stage} {date}".strip()
            command = [sys.executable, "-m", f"slidelens.stages.{stage}", *([date] if date else [])]
            cost = run(command, {"PYTHONPATH": str(source)}, folder)
            page = folder / "report/index.html"
            size = f"  page {page.stat().st_size / 1e6:.1f} MB" if stage == "report" else ""
            if cost.failure:
                size = f"  {cost.failure}"
            numbers = f"{side**2:11.1e} {cost.wall_s:9.0f} s {cost.peak_mb:8.0f} MB"
            print(f"{name:14} {numbers}{size}", flush=True)


def main() -> None:
    """Print the table that the arguments ask for."""
    parser = argument_parser("benchmarks.stages.memory", __doc__)
    parser.add_argument("sides", type=int, nargs="*", default=SIDES)
    parser.add_argument("--study", type=Path, default=Path("demo/study"))
    parser.add_argument("--work", type=Path, required=True, help="folder for the studies")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    arguments = parser.parse_args()
    for side in arguments.sides:
        folder = arguments.work / str(side)
        if not folder.exists():
            make_study(arguments.study, folder / "study", side)
            write_params(Path("params.yaml"), folder / "params.yaml")
        measure(folder, arguments.stages, side)


if __name__ == "__main__":
    main()
