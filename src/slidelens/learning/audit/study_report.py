"""Report what a study holds and what prevents `prepare` from running."""

from __future__ import annotations

from dataclasses import dataclass, field

from slidelens.errors import SlidelensError
from slidelens.geo.grid import crs_name
from slidelens.params.schema import Params
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.study.reading import RawData, RawDataReader
from slidelens.study.study import PreparationTarget, Study


@dataclass(frozen=True)
class StudyReport:
    """What a study holds.

    Attributes:
        study: the study.
        lines: a line for each image that can be read.
        problems: what prevents `prepare` from running, with remedies.
    """

    study: Study
    lines: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass
class _DescribingReader(RawDataReader):
    """A reader that describes each target as it is read, by name."""

    lines: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def read(self, target: PreparationTarget) -> RawData:
        """Read a target and keep its description, or its problem."""
        try:
            raw = super().read(target)
        except SlidelensError as error:
            self.problems[target.name] = str(error)
            raise
        self.lines[target.name] = describe(raw)
        return raw


def check_study(params: Params) -> StudyReport:
    """Read a study and prepare it without writing, each file once.

    What only preparation reveals, for example too few blocks, is reported if all files are sound.
    """
    study = open_study(params)
    reader = _DescribingReader(study.bands, params.study.band_names)
    preparation_problems = [] if study.problems else _preparation_problems(study, params, reader)
    targets = study.all_targets
    for target in targets:
        if target.name not in reader.lines and target.name not in reader.problems:
            try:
                reader.read(target)
            except SlidelensError:
                continue  # the reader has kept it
    names = [target.name for target in targets]
    lines = [reader.lines[name] for name in names if name in reader.lines]
    problems = [
        *study.problems,
        *(reader.problems[name] for name in names if name in reader.problems),
    ]
    return StudyReport(study, tuple(lines), tuple(problems or preparation_problems))


def _preparation_problems(study: Study, params: Params, reader: RawDataReader) -> list[str]:
    try:
        for _ in prepare_targets(study, params, reader):
            pass
    except SlidelensError as error:
        return [str(error)]
    return []


def describe(raw: RawData) -> str:
    """Return a line on a target: its file, grid, area, valid share and landslides."""
    target, grid = raw.target, raw.scene.grid
    area_km2 = raw.inside.sum() * grid.pixel_area_m2 / 1e6
    return (
        f"{target.name}: {_source(target)} → {grid.describe()}; area {area_km2:.1f} km², "
        f"{100 * raw.valid_share:.0f} % seen; {_landslides(raw)}"
    )


def _source(target: PreparationTarget) -> str:
    header = target.header
    size = f"{header.grid.height} × {header.grid.width}"
    return f"{header.path.name} {size} {header.dtype} {crs_name(header.grid.crs)}"


def _landslides(raw: RawData) -> str:
    inventory = raw.inventory
    if inventory is None:
        return "no inventory"
    if inventory.empty:
        return "0 landslides"
    areas_m2 = inventory.area
    return (
        f"{len(inventory)} landslides, {areas_m2.sum() / 1e6:.3f} km², "
        f"{areas_m2.min():.0f}–{areas_m2.max():.0f} m²"
    )
