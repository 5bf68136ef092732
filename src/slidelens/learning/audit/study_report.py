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
class TargetSummary:
    """What one image of a study holds, as text.

    Attributes:
        name: The date, or "pretrain".
        scene: File, size, type and CRS.
        grid: The grid that it is resampled to.
        area: Size of the area.
        seen: Share of the area with valid pixels.
        landslides: Number and areas of the landslides.
    """

    name: str
    scene: str
    grid: str
    area: str
    seen: str
    landslides: str

    @property
    def line(self) -> str:
        """The summary in one line."""
        return (
            f"{self.name}: {self.scene} → {self.grid}; area {self.area}, {self.seen} seen; "
            f"{self.landslides}"
        )


@dataclass(frozen=True)
class StudyReport:
    """What a study holds.

    Attributes:
        study: the study.
        targets: a summary of each image that can be read.
        problems: what prevents `prepare` from running, with remedies.
    """

    study: Study
    targets: tuple[TargetSummary, ...]
    problems: tuple[str, ...]


@dataclass
class _DescribingReader(RawDataReader):
    """A reader that describes each target as it is read, by name."""

    summaries: dict[str, TargetSummary] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def read(self, target: PreparationTarget) -> RawData:
        """Read a target and keep its description, or its problem."""
        try:
            raw = super().read(target)
        except SlidelensError as error:
            self.problems[target.name] = str(error)
            raise
        self.summaries[target.name] = summarise_target(raw)
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
        if target.name not in reader.summaries and target.name not in reader.problems:
            try:
                reader.read(target)
            except SlidelensError:
                continue  # the reader has kept it
    names = [target.name for target in targets]
    summaries = [reader.summaries[name] for name in names if name in reader.summaries]
    problems = [
        *study.problems,
        *(reader.problems[name] for name in names if name in reader.problems),
    ]
    return StudyReport(study, tuple(summaries), tuple(problems or preparation_problems))


def _preparation_problems(study: Study, params: Params, reader: RawDataReader) -> list[str]:
    try:
        for _ in prepare_targets(study, params, reader):
            pass
    except SlidelensError as error:
        return [str(error)]
    return []


def summarise_target(raw: RawData) -> TargetSummary:
    """Return what a target that has been read holds."""
    grid = raw.scene.grid
    area_km2 = raw.inside.sum() * grid.pixel_area_m2 / 1e6
    return TargetSummary(
        name=raw.target.name,
        scene=_source(raw.target),
        grid=grid.describe(),
        area=f"{area_km2:.1f} km²",
        seen=f"{100 * raw.valid_share:.0f} %",
        landslides=_landslides(raw),
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
