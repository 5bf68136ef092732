"""Rows of the benchmark, as a CSV file and as a table."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

MISSING = "–"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One run of one contender.

    Attributes:
        date: Day of the run.
        commit: Commit of slidelens, with `+` if files had changed.
        contender: Its name.
        versions: Versions of its packages.
        processor: Name of the processor.
        cores: Number of cores.
        load: Load of the machine just before the run, mean of a minute; 0 is an idle machine.
        pixels: Pixels of the scene.
        round: Number of the round, from 1; the runs of a round follow each other.
        wall_s: Time of the clock.
        cpu_s: Processor time.
        peak_mb: Peak memory; None if extrapolated.
        extrapolated: Whether the times are those of a smaller scene, in proportion.
        largest_seam: Largest difference to the answer for the whole image.
        share_off: Share of pixels that differ from it by more than a hundredth.
        failure: Why there is no result.
    """

    date: str
    commit: str
    contender: str
    versions: str
    processor: str
    cores: int
    load: float
    pixels: int
    round: int
    wall_s: float
    cpu_s: float
    peak_mb: float | None
    extrapolated: bool = False
    largest_seam: float | None = None
    share_off: float | None = None
    failure: str = ""


COLUMNS = [field.name for field in fields(Row)]


def append(path: Path, rows: Iterable[Row]) -> None:
    """Add rows to a CSV file, with a line of names if it is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        for row in rows:
            writer.writerow({name: _text(value) for name, value in asdict(row).items()})


def _text(value: object) -> object:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else value


def ratio(rows: Sequence[Row], contender: str, reference: str, pixels: int) -> float | None:
    """Return how often the reference's time the contender takes, median over the rounds.

    Args:
        rows: All runs.
        contender: Name of the one.
        reference: Name of the other.
        pixels: Size of the scene.
    """
    times = {(row.contender, row.round): row.wall_s for row in rows if _counts(row, pixels)}
    ratios = [
        wall_s / times[reference, number]
        for (name, number), wall_s in times.items()
        if name == contender and (reference, number) in times
    ]
    return statistics.median(ratios) if ratios else None


def _counts(row: Row, pixels: int) -> bool:
    return row.pixels == pixels and not row.failure


def table(rows: Sequence[Row]) -> str:
    """Return the table: a line per contender, columns for each size of scene, medians of rounds.

    The first contender is the reference of the ratios.
    """
    sizes = sorted({row.pixels for row in rows})
    names = list(dict.fromkeys(row.contender for row in rows))
    heads = ["", "largest seam", "pixels off by > 0.01"]
    for pixels in sizes:
        heads += [f"Mpx/s at {pixels / 1e6:.0f} Mpx", "CPU s/Mpx", "time ×", "peak MB"]
    cells = [heads]
    for name in names:
        own = [row for row in rows if row.contender == name]
        seams = [row for row in own if row.largest_seam is not None]
        line = [name]
        line += (
            [f"{seams[0].largest_seam:.4f}", f"{100 * (seams[0].share_off or 0):.2f} %"]
            if seams
            else [MISSING] * 2
        )
        for pixels in sizes:
            line += _cells_of_size([row for row in own if row.pixels == pixels])
            times = ratio(rows, name, names[0], pixels)
            line[-1:-1] = [MISSING if times is None else f"{times:.2f}"]
        cells.append(line)
    return _aligned(cells)


def _cells_of_size(rows: Sequence[Row]) -> list[str]:
    """Return throughput, processor time and memory of the runs of one contender on one size."""
    done = [row for row in rows if not row.failure]
    if not done:
        return ["failed" if rows else MISSING, MISSING, MISSING]
    mark = "*" if done[0].extrapolated else ""
    speed = statistics.median(row.pixels / 1e6 / row.wall_s for row in done)
    cpu_s = statistics.median(row.cpu_s / (row.pixels / 1e6) for row in done)
    peaks = [row.peak_mb for row in done if row.peak_mb is not None]
    return [f"{speed:.3f}{mark}", f"{cpu_s:.2f}", f"{max(peaks):,.0f}" if peaks else MISSING]


def _aligned(cells: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| "
        + " | ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in cells
    ]
    rule = "| " + " | ".join("-" * (w - 1) + ("-" if not i else ":") for i, w in enumerate(widths))
    return "\n".join([lines[0], rule + " |", *lines[1:]])
