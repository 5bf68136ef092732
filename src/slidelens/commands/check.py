"""`slidelens check`: what a study holds, what is wrong with it, and how to mend it; nothing is written."""

from __future__ import annotations

import argparse
from pathlib import Path

from slidelens.errors import SlidelensError
from slidelens.geo.grid import crs_name
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.params.schema import Params
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.study.reading import RawData, read_raw_data
from slidelens.study.study import PreparationTarget, Study


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="read a study, train nothing: what is there, what is wrong, how to mend it",
        description=__doc__,
    )
    parser.add_argument(
        "study",
        nargs="?",
        type=Path,
        help="the study's folder (default: study.root of params.yaml)",
    )
    parser.add_argument(
        "--params", type=Path, default=DEFAULT_PATH, help="parameters (default: %(default)s)"
    )
    parser.set_defaults(run=check)


def check(arguments: argparse.Namespace) -> int:
    """Print the study and its problems. Returns 2 where there are any."""
    params = load_params(arguments.params)
    if arguments.study is not None:
        params = params.model_copy(
            update={"study": params.study.model_copy(update={"root": str(arguments.study)})}
        )
    study = open_study(params)
    problems = [*study.problems, *_show(study, params)]
    if not problems:
        problems = _split_problems(study, params)
    for note in study.notes:
        print(f"note: {note}")
    for problem in problems:
        print(f"problem: {problem}")
    print(
        f"{len(problems)} problems" if len(problems) != 1 else "1 problem",
        "found" if problems else "found: `dvc repro` can run",
    )
    return 2 if problems else 0


def _split_problems(study: Study, params: Params) -> list[str]:
    """What stops `prepare` though every file is fine: too few blocks, or no valid pixel on training ground."""
    try:
        for _ in prepare_targets(study, params):
            pass
    except SlidelensError as error:
        return [str(error)]
    return []


def _show(study: Study, params: Params) -> list[str]:
    """Print a line for each ground that can be read; return the problems of the others."""
    problems = []
    print(
        f"study {params.study.root}: {len(params.dates)} dates, bands {', '.join((*study.bands, *study.derived)) or 'unknown'}"
    )
    for ground in (*study.grounds, *([study.pretrain] if study.pretrain else [])):
        try:
            print("  " + _line(read_raw_data(ground, study.bands, params.study.band_names)))
        except SlidelensError as error:
            problems.append(str(error))
    return problems


def _line(material: RawData) -> str:
    ground, scene = material.ground, material.scene
    seen = (scene.valid & material.inside).sum() / material.inside.sum()
    area_km2 = material.inside.sum() * scene.grid.pixel_area_m2 / 1e6
    return f"{ground.name}: {_source(ground)} → {scene.grid.describe()}; area {area_km2:.1f} km², {100 * seen:.0f} % seen; {_landslides(material)}"


def _source(ground: PreparationTarget) -> str:
    grid = ground.header.grid
    return f"{ground.header.path.name} {grid.height} × {grid.width} {ground.header.dtype} {crs_name(grid.crs)}"


def _landslides(material: RawData) -> str:
    inventory = material.inventory
    if inventory is None:
        return "no inventory"
    if inventory.empty:
        return "0 landslides"
    return f"{len(inventory)} landslides, {inventory.area.sum() / 1e6:.3f} km², {inventory.area.min():.0f}–{inventory.area.max():.0f} m²"
