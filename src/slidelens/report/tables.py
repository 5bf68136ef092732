"""The tables of the paper, of experiments and of the landslides' ledger, from what others have left: nothing is computed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from slidelens.params import PRETRAINED
from slidelens.report.experiments import Found

Metrics = Mapping[str, Any]

_SCORES = ("loss", "precision", "recall", "f1", "iou")
_AREAS = ("count", "total_area_m2", "min_area_m2", "max_area_m2")
_ALONE = ("manual_missed", "predicted_false_alarms")
_DENSITIES = ("mean_per_km2", "peak_per_km2", "radius_m")
_LEDGER = ("carried_over_m2", "new_m2", "healed_m2", "area_m2")
_DIFFERENCE, _ESTIMATED = "difference", "estimated"
_PAPER = "paper"
_GROUNDS = {"test": "test blocks", "area": "whole area"}


@dataclass(frozen=True)
class Table:
    """name: of its CSV file; title and note: for readers; frame: its rows, None or NaN where there is no value; none at all: no table"""

    name: str
    title: str
    note: str
    frame: pd.DataFrame

    def csv(self, simulated: bool) -> str:
        """The table as CSV; the column `simulated` says whether the study is."""
        return self.frame.assign(simulated=simulated).to_csv(index=False)


def manual_table(density: Metrics, phases: Mapping[str, str], paper: pd.DataFrame | None) -> Table:
    """Table 1. density: by date, as in metrics/density.json; phases: by date, may be incomplete; paper: its values by date"""
    rows = [{"date": date, "phase": phases.get(date), **_named(row, "manual", _AREAS, plain=True)} for date, row in density.items()]
    frame = pd.DataFrame(rows)
    if frame["phase"].isna().all():
        frame = frame.drop(columns="phase")
    note = "Landslides mapped by hand whose centroid lies in the investigation area. Empty where a date is not mapped by hand."
    return Table("table1", "Table 1. Manual inventories", note, _beside(frame, paper, {name: name for name in _AREAS}))


def score_table(f1: Metrics, paper: pd.DataFrame | None) -> Table:
    """Table 3. f1: as in metrics/f1.json, {score: {date: …, "mean": …}}"""
    columns = [name for name in (*_SCORES, *(f"{name}_before" for name in _SCORES)) if name in f1]
    frame = pd.DataFrame([{"date": date, **{name: f1[name][date] for name in columns}} for date in f1["f1"]])
    note = (
        "Pixels of the test blocks, which no network has seen: counts are pooled over all of them, then divided. "
        "Before: the pretrained network without fine-tuning, at the threshold of its own validation blocks; part of what fine-tuning brings is a "
        "threshold for each date. Loss: the Tversky loss of the uncalibrated output. Empty where a score has no meaning."
    )
    paired = {name: name for name in ("loss", "precision", "recall", "f1")}
    return Table("table3", "Table 3. Scores by date", note, _beside(frame, paper, paired))


def size_table(density: Metrics, paper: pd.DataFrame | None) -> Table:
    """Table 4: number and areas of the landslides in each inventory, and their differences."""
    note = (
        "Whole inventories, training ground included, as in the paper. Predicted raw: the polygons as mapped, before pieces of one landslide "
        "are joined. Difference: predicted − manual. Missed: manual landslides that no predicted one touches; false alarms: the reverse."
    )
    paired = {f"predicted_{name}": f"predicted_{name}" for name in _AREAS} | {f"manual_{name}": name for name in _AREAS}
    alone = pd.DataFrame([{name: row[name] for name in _ALONE if name in row} for row in density.values()])
    frame = _compared(density, _AREAS).join(alone)
    return Table("table4", "Table 4. Manual and predicted landslides", note, _beside(frame, paper, paired))


def density_table(density: Metrics, paper: pd.DataFrame | None) -> Table:
    """Table 5: mean density and peak of the kernel density."""
    note = (
        "Mean: number over mapped area. Peak: of the kernel density, with one search radius for all inventories of a date. Predicted raw: "
        "before pieces of one landslide are joined. "
        "The paper's Table 5 is the peak."
    )
    paired = {f"{name}_peak_per_km2": f"{name}_per_km2" for name in ("manual", "predicted")}
    frame = _beside(_compared(density, _DENSITIES).dropna(axis="columns", how="all"), paper, paired)
    return Table("table5", "Table 5. Landslide density", note, frame)


def estimate_table(estimates: Mapping[str, Metrics]) -> Table:
    """Predicted number and area corrected, with intervals, of the test blocks and of the whole area. estimates: by date, as in scores.json"""
    rows = [
        {
            "date": date,
            "ground": _GROUNDS[ground],
            **_estimated(told, "count", ground),
            **_estimated(told, "area_m2", ground),
            "why": told["why"],
        }
        for date, grounds in estimates.items()
        for ground, told in grounds.items()
    ]
    note = (
        "Landslides and their area on ground that the image shows. Estimated: the predicted figure, times the ratio of manual to "
        "predicted ones in the validation blocks. Low and high: if the ratio "
        "scatters as much on other ground, 9 of 10 such intervals hold the true figure."
        " (Royall 1970, doi 10.1093/biomet/57.2.377.) Few blocks, wide intervals. Holds: "
        "whether the manual figure lies in it, told of test blocks alone, as the network was trained on others."
    )
    return Table("estimates", "Estimates: true number and area", note, pd.DataFrame(rows))


def ledger_table(lifecycle: Metrics) -> Table:
    """The ledger of each inventory: what came, stayed and healed at each date. lifecycle: as in metrics/lifecycle.json"""
    rows = [{"date": date, "inventory": name, **row} for name, ledger in ledgers(lifecycle).items() for date, row in ledger.items()]
    frame = pd.DataFrame(rows)
    frame = frame[["date", "inventory", *_LEDGER, *(name for name in frame if name not in ("date", "inventory", *_LEDGER))]]
    note = (
        "Carried over + new − healed = mapped area, to the square metre; new (m²) is all ground that became bare, in old landslides too. A landslide is "
        "expanded or shrinking where its area changed by more than lifecycle.changed_share, else persistent; reactivated where it comes again after "
        "healing, or grows mostly on ground that was bare before. Merged, split: how many became one, or several. Polygons is the plain "
        "count, landslides counts each once; "
        "unobserved landslides lie under cloud, nodata or outside the image: absence there is not healing. "
        "At the first date all that is mapped is new to the study."
    )
    return Table("lifecycle", "The ledger: what became of the landslides", note, frame)


def ledgers(lifecycle: Metrics) -> dict[str, Metrics]:
    """The ledger of each inventory that has a history, a row by date. lifecycle: as in metrics/lifecycle.json"""
    manual = {"manual": lifecycle["manual"]["dates"]} if "manual" in lifecycle else {}
    return {"predicted": lifecycle["dates"], **manual}


def hyperparameter_table(found: Found, paper: pd.DataFrame | None) -> Table:
    """Table 2, as `slidelens table2 --csv` writes it; the best row has a mark. paper: its values by lr, filters and batch_size"""
    note = (
        "Learning rate, filters and batch size of the pretraining; scores of the pretrained network, without fine-tuning. Best: highest "
        "F1 on validation ground; others may lie within chance of it, "
        "and few epochs favour high learning rates. Test scores stand beside and choose nothing."
    )
    frame = found.frame
    if "best" in frame:
        frame = frame.assign(best=frame["best"].map({True: "best", False: ""}))
    if paper is not None and not frame.empty:
        note += " The paper's values are of its test on 2017."
        frame = frame.join(paper.add_prefix(f"{_PAPER}_"), on=["lr", "filters", "batch_size"])
    return _of_experiments("table2", "Table 2. Hyper-parameters", note, found, frame)


def ablation_table(found: Found) -> Table:
    """What pretraining, the start of each date, freezing and more landslides bring, as `slidelens ablations` writes it."""
    note = (
        "A row an experiment; mean of the dates' scores on the test blocks, and F1 by date. Pretrained: each date from the pretrained network; "
        "scratch: from random weights, as long and as fast as pretraining; chained: from the date before; so many landslides: all that "
        "each date is trained on. F1 before: without fine-tuning."
    )
    frame = found.frame.drop(columns=["landslides", "freeze"], errors="ignore")  # the experiment's name says so
    return _of_experiments("ablations", "Ablations: what each part brings", note, found, frame)


def transfer_table(found: Found) -> Table:
    """F1 of every network (rows) on every ground (columns), from the long table of `slidelens transfer`."""
    note = (
        "F1 of the network fine-tuned to a date (row) on the test blocks of each date (column); pretrain: the validation blocks of the first "
        "event. Change elsewhere: mean difference from the pretrained network on all grounds but the own; below zero: what fine-tuning cost there."
    )
    frame = found.frame if found.frame.empty else matrix_with_change(found.frame)
    return _of_experiments("transfer", "Transfer: trained on one date, tested on another", note, found, frame)


def transfer_matrix(rows: pd.DataFrame, values: str) -> pd.DataFrame:
    """A column of the long table as a matrix, trained on × tested on, in the order of the rows."""
    matrix = rows.pivot(index="trained_on", columns="tested_on", values=values).astype(float)
    return matrix.loc[rows["trained_on"].unique(), rows["tested_on"].unique()].rename_axis(index=None, columns=None)


def matrix_with_change(rows: pd.DataFrame) -> pd.DataFrame:
    """F1, trained on × tested on, and the mean change on all grounds but the own."""
    change = transfer_matrix(rows, "f1_change")
    for name in change.index.intersection(change.columns):
        change.loc[name, name] = float("nan")
    elsewhere = change.mean(axis="columns").drop(PRETRAINED, errors="ignore").reindex(change.index)
    return transfer_matrix(rows, "f1").assign(change_elsewhere=elsewhere).rename_axis(index="trained_on").reset_index()


def _of_experiments(name: str, title: str, note: str, found: Found, frame: pd.DataFrame) -> Table:
    """A table that is not there has its title and one line."""
    return Table(name, title, found.told if frame.empty else " ".join(filter(None, (note, found.told))), frame)


def heading(column: str) -> str:
    """A column's name for readers: `manual_max_area_m2` → `manual max area (m²)`."""
    units = {"_per_km2": " (per km²)", "_m2": " (m²)", "_m2_low": " low (m²)", "_m2_high": " high (m²)", "_m": " (m)"}
    for ending, unit in units.items():
        if column.endswith(ending):
            return column.removesuffix(ending).replace("_", " ") + unit
    words = {"f1": "F1", "iou": "IoU"}
    return " ".join(words.get(word, word) for word in column.split("_"))


def _compared(density: Metrics, names: Sequence[str]) -> pd.DataFrame:
    """Every inventory that the metrics know (manual, predicted, and any other), then the differences."""
    first: Metrics = next(iter(density.values()), {})
    kinds = [key.removesuffix("_count") for key in first if key.endswith("_count") and not key.startswith((_DIFFERENCE, _ESTIMATED))]
    rows = [
        {"date": date, **{key: value for kind in (*kinds, _DIFFERENCE) for key, value in _named(row, kind, names).items()}}
        for date, row in density.items()
    ]
    return pd.DataFrame(rows)


def _estimated(grounds: Metrics, name: str, ground: str) -> dict[str, Any]:
    told = grounds[name]
    holds = None if told["low"] is None or ground != "test" else "yes" if told["low"] <= told["manual"] <= told["high"] else "no"
    return {
        f"manual_{name}": told["manual"],
        f"predicted_{name}": told["predicted"],
        f"{_ESTIMATED}_{name}": told["estimate"],
        f"{_ESTIMATED}_{name}_low": told["low"],
        f"{_ESTIMATED}_{name}_high": told["high"],
        f"{name.removesuffix('_m2')}_holds": holds,
    }


def _named(row: Metrics, kind: str, names: Sequence[str], plain: bool = False) -> dict[str, Any]:
    return {name if plain else key: row[key] for name in names if (key := f"{kind}_{name}") in row}


def _beside(frame: pd.DataFrame, paper: pd.DataFrame | None, paired: Mapping[str, str]) -> pd.DataFrame:
    """The frame with the paper's columns at its end. paired: our column → the paper's"""
    if paper is None:
        return frame
    published = {f"{_PAPER}_{ours}": frame["date"].map(paper[theirs]) for ours, theirs in paired.items() if ours in frame}
    return frame.assign(**published)
