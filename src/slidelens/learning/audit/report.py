"""Run all leakage checks of a prepared study and report their findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.console import format_score
from slidelens.dataset.change_channels import CHANGE
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.dataset.prepared_files import source_folders
from slidelens.errors import SceneError
from slidelens.escaping import counted
from slidelens.layers.mapped_date import read_scores
from slidelens.layout import Layout
from slidelens.learning.audit.change_leakage import change_findings
from slidelens.learning.audit.leakage import Finding, leakage_findings
from slidelens.learning.audit.radiometric_leakage import radiometric_findings
from slidelens.learning.audit.registration_leakage import registration_findings
from slidelens.params.schema import Params
from slidelens.study.checks.sound import require_sound
from slidelens.study.opening import open_study
from slidelens.study.preparation import register_dates
from slidelens.study.reading import RawDataReader


@dataclass(frozen=True)
class RandomSplitEstimate:
    """F1 that a random split of overlapping patches would have claimed.

    Attributes:
        date: label of the date.
        f1_claimed: F1 on the held-out random patches.
        f1_blocks: F1 on the test blocks.
    """

    date: str
    f1_claimed: float | None
    f1_blocks: float | None


def audit_study(params: Params, layout: Layout) -> list[Finding]:
    """Return the findings of all checks of the prepared data.

    Raises:
        SceneError: `prepare` has not run.
    """
    prepared = {date: read_prepared(layout.prepared_date(date)) for date in params.dates}
    folders = source_folders(layout.prepared_date("pretrain"))
    sources = {name: read_prepared(folder) for name, folder in folders.items()}
    return [
        *leakage_findings(prepared, sources, params.split),
        *_normalisation_findings(params, prepared, layout.root),
    ]


def _normalisation_findings(
    params: Params, prepared: Mapping[str, Prepared], root: Path
) -> Iterator[Finding]:
    """Yield the findings about registration and normalisation, from the study's own files."""
    plain = params.study.radiometry == "none" and params.study.registration == "none"
    if plain and CHANGE not in params.study.derived:
        return
    folder = params.study.model_copy(update={"root": str(root / params.study.root)})
    params = params.model_copy(update={"study": folder})
    split_map, study = prepared[params.dates[0]].split_map, require_sound(open_study(params))
    yield from registration_findings(study, params, split_map)
    reader = RawDataReader(study.bands)
    registered, _ = register_dates(study, params, split_map, reader)
    if params.study.radiometry != "none":
        yield from radiometric_findings(registered, params, split_map)
    yield from change_findings(registered, split_map)


def estimate_random_split(
    params: Params, layout: Layout, date: str, option: str
) -> RandomSplitEstimate:
    """Fine-tune a date on a random split of overlapping patches, which takes a minute.

    Args:
        params: of the fine-tuning.
        layout: of a study that has been evaluated.
        date: label of a date with an inventory.
        option: the option that asked for it, for messages.

    Raises:
        SceneError: The date is not mapped, or has no scores yet.
    """
    from slidelens.learning.audit.random_split import random_split_f1
    from slidelens.learning.runtime import quiet_tensorflow
    from slidelens.learning.training.settings import finetuning_settings

    prepared, scores = read_prepared(layout.prepared_date(date)), layout.scores(date)
    if prepared.inventory is None or not scores.exists():
        raise SceneError(
            f"{option}: a mapped date with scores is needed, and there is no {scores}; "
            "run `dvc repro` first"
        )
    quiet_tensorflow()
    start = layout.weights(params.finetune.start[date])
    claimed = random_split_f1(prepared, params, finetuning_settings(params), start)
    return RandomSplitEstimate(date, claimed, read_scores(scores)["after"]["f1"])


def findings_json(
    findings: Sequence[Finding], estimate: RandomSplitEstimate | None
) -> dict[str, Any]:
    """Return the findings as JSON values, the estimate under `careless`."""
    return {
        "leaks": sum(finding.broken > 0 for finding in findings),
        "findings": [dict(vars(finding)) for finding in findings],
    } | ({"careless": dict(vars(estimate))} if estimate else {})


def findings_text(findings: Sequence[Finding], estimate: RandomSplitEstimate | None) -> str:
    """Return a line for each finding, a conclusion, and the estimate."""
    lines = [_line(finding) for finding in findings]
    leaks = sum(finding.broken > 0 for finding in findings)
    lines.append(
        f"{counted(leaks, 'leak')}: run `dvc repro prepare`, and report it if they stay"
        if leaks
        else "no test ground leaked"
    )
    if estimate:
        claimed, blocks = map(format_score, (estimate.f1_claimed, estimate.f1_blocks))
        lines.append(
            f"{estimate.date}: F1 {claimed} with randomly parted, overlapping patches; "
            f"{blocks} on test blocks"
        )
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    state = "LEAK" if finding.broken else "ok"
    broken = f" ({finding.broken} do not)" if finding.broken else ""
    return f"{state:4} {finding.where}: {finding.rule}{broken}"
