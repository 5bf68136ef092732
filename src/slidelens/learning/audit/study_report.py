"""Report what a study holds and what prevents `prepare` from running."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

import numpy as np

from slidelens.dataset.prepared import Prepared
from slidelens.errors import SlidelensError
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.audit.landslide_notes import increment_note, landslide_notes
from slidelens.learning.audit.noticing import warnings_as_notes
from slidelens.learning.audit.registration_notes import RegistrationMeasurement, note_shifts
from slidelens.learning.audit.resampling_notes import resampling_notes
from slidelens.learning.audit.split_report import PartCounts, count_parts, split_notes
from slidelens.learning.audit.target_summary import TargetSummary, summarise_target
from slidelens.params.schema import Params
from slidelens.study.checks.radiometry import RadiometryChecks
from slidelens.study.images.registration import reference_date
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.study.reading import RawData, RawDataReader
from slidelens.study.study import Findings, PreparationTarget, Study

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StudyReport:
    """What a study holds.

    Attributes:
        study: the study.
        targets: a summary of each image that can be read.
        problems: what prevents `prepare` from running, with remedies.
        notes: what is allowed but worth knowing.
        parts: blocks and landslides of each part of the split, by image; empty if there are
            problems.
    """

    study: Study
    targets: tuple[TargetSummary, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    parts: tuple[PartCounts, ...] = ()


def check_study(params: Params) -> StudyReport:
    """Read a study and prepare it without writing, each file once.

    What only preparation reveals, for example too few blocks, is reported if all files are sound.
    """
    warnings: list[str] = []
    with warnings_as_notes(warnings):
        examination = _Examination(params, open_study(params))
        examination.run()
    study, results = examination.study, examination.reader
    names = [target.name for target in study.all_targets]
    problems = [
        *study.problems,
        *(problem for name in names for problem in results.problems.get(name, ())),
        *examination.findings.problems,
    ]
    return StudyReport(
        study=study,
        targets=tuple(results.summaries[name] for name in names if name in results.summaries),
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(dict.fromkeys([*study.notes, *warnings])),
        parts=() if problems else tuple(examination.parts[name] for name in names),
    )


@dataclass
class _DescribingReader(RawDataReader):
    """A reader that describes each target as it is read, by name."""

    summaries: dict[str, TargetSummary] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def read(self, target: PreparationTarget) -> RawData:
        """Read a target and keep its description, or its problem."""
        findings = Findings()
        with findings.gathering():
            raw = super().read(target)
            self.summaries[target.name] = summarise_target(raw)
            for note in landslide_notes(raw):
                log.warning("%s", note)
            return raw
        self.problems[target.name] = findings.problems
        raise SlidelensError(findings.problems[0])


class _Examination:
    """The reading of a study, in the order of `prepare` as far as that comes."""

    def __init__(self, params: Params, study: Study) -> None:
        self.params, self.study = params, study
        self.reader = _DescribingReader(study.bands)
        self.radiometry = RadiometryChecks(params.study, study.bands)
        self.registration = RegistrationMeasurement(reference_date(params))
        self.findings = Findings()
        self.parts: dict[str, PartCounts] = {}
        self._mapped: RawData | None = None

    def run(self) -> None:
        """Read and compare everything that can be read."""
        for note in resampling_notes(self.study.all_targets):
            log.warning("%s", note)
        if not self.study.problems:
            self._prepare()
        for target in (*self.study.sources, *self.study.targets):
            if target.name not in {*self.reader.summaries, *self.reader.problems}:
                self._read(target)
        if problem := self.radiometry.of_training_image():
            for name in self.radiometry.unlike:
                self.reader.problems.pop(name)
            self.findings.problems.append(problem)

    def _prepare(self) -> None:
        findings = Findings()
        with findings.gathering():
            for raw, prepared in prepare_targets(self.study, self.params, self.reader):
                self._compare(raw)
                self._note_increment(raw)
                self._count(raw, prepared)
                self._register(raw, prepared)
            note_shifts(self.registration, self.params.study.registration)
        if not self.reader.problems.keys() - {*self.radiometry.unlike}:
            self.findings.problems += findings.problems

    def _read(self, target: PreparationTarget) -> None:
        findings = Findings()
        with findings.gathering():
            raw = self.reader.read(target)
            self._note_increment(raw)
            if self.params.study.radiometry == "none":
                self._compare(raw)

    def _note_increment(self, raw: RawData) -> None:
        """Compare an inventory with that of the mapped date before."""
        if raw.inventory is None or raw.target.is_source:
            return
        if self._mapped and (note := increment_note(self._mapped, raw)):
            log.warning("%s", note)
        no_pixels = np.zeros((1, 1, 0), np.float32)  # the scene is not needed any more
        scene = Scene(raw.scene.grid, raw.scene.bands, no_pixels, raw.scene.valid)
        self._mapped = replace(raw, scene=scene)

    def _count(self, raw: RawData, prepared: Prepared) -> None:
        counts = count_parts(raw, prepared, self.params.split)
        self.parts[raw.target.name] = counts
        for note in split_notes(counts, self.params.split):
            log.warning("%s", note)

    def _register(self, raw: RawData, prepared: Prepared) -> None:
        outlines = None if raw.polygons is None else raw.polygons.geometry.values
        self.registration.add(
            raw.target.name, raw.scene, prepared.split_map, outlines, raw.target.tile_px
        )

    def _compare(self, raw: RawData) -> None:
        if problems := self.radiometry.compare(raw):
            self.reader.problems.setdefault(raw.target.name, []).extend(problems)
