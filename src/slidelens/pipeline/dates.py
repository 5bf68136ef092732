"""The dates of a study, in params.yaml and dvc.yaml together.

Only the entries that name dates change; the rest of both files stays as it was typed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from slidelens.errors import ParamsError
from slidelens.params.dates import PRETRAINED, SCRATCH, check_dates
from slidelens.params.loading import parse_params
from slidelens.params.starts import starting_weights
from slidelens.params.timeline.order import OrderError, in_time_order
from slidelens.params.yaml_reading import parse_yaml
from slidelens.pipeline.date_lists import renew_date_lists
from slidelens.pipeline.yaml_edit import (
    apply_edits,
    compose,
    find_collection,
    labels,
    quote,
    read_yaml_text,
    replace_entries,
    replace_values,
    write_together,
)

log = logging.getLogger(__name__)


def read_dates(params: Path) -> list[str]:
    """Return the dates of a params.yaml, whatever else it holds.

    Raises:
        ParamsError: If the file cannot be read or has no list of dates.
    """
    return _dates_in(read_yaml_text(params), params)


def set_dates(params: Path, pipeline: Path, dates: Sequence[str], start: str | None = None) -> None:
    """Write the dates into params.yaml and dvc.yaml, or into neither.

    They are written in time order. Where the labels do not tell it, or `study.order` tells another,
    it is the order given, which `study.order` then records.

    If dates are only added, `split.dates` keeps those that have balanced the split so far, so that
    no block changes its part.

    Args:
        params: params.yaml.
        pipeline: dvc.yaml.
        dates: Labels; in time order if they do not tell it.
        start: Weights that every date is fine-tuned from (see `starting_weights`); None: a new
            date from the pretrained weights, the others as before.

    Raises:
        ParamsError: If a label cannot name files, a parameter refers to a date that goes, or a
            list of files in dvc.yaml names only some of the dates.
        OutputError: If a file cannot be written.
    """
    try:
        check_dates(tuple(dates))
    except ValueError as error:
        raise ParamsError(str(error)) from error
    old = {path: read_yaml_text(path) for path in (params, pipeline)}
    old_dates = _dates_in(old[params], params)
    dates, order = _time_order(old[params], params, dates)
    new = {
        params: _renew_params(old[params], params, dates, order, start),
        pipeline: renew_date_lists(old[pipeline], pipeline, old_dates, dates),
    }
    checked = parse_params(parse_yaml(new[params], str(params)), f"{params} with these dates")
    write_together(
        {path.resolve(): (old[path], new[path]) for path in new if new[path] != old[path]}
    )
    for path, text in new.items():
        state = "unchanged" if text == old[path] else f"now for {', '.join(dates)}"
        log.info("%s: %s", path, state)
    log.info(
        "train, validation and test blocks are balanced by the landslides of %s",
        ", ".join(checked.split.dates) or "all dates",
    )


def balancing_dates(pinned: list[str], old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the dates whose landslides balance the split.

    These are the pinned ones; else, if dates are only added, those before; else none: it is
    another study.

    Args:
        pinned: Dates in `split.dates`.
        old: Dates of the study until now.
        new: Dates that it gets.
    """
    if pinned and set(pinned) <= set(new):
        return pinned
    return list(old) if set(old) < set(new) else []


def _dates_in(text: str, path: Path) -> list[str]:
    return labels(find_collection(compose(text, path), path, "dates"))


def _time_order(text: str, path: Path, given: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the dates in time order, and what `study.order` shall hold: them, or nothing."""
    recorded = _recorded_order(text, path)
    if recorded:
        same = sorted(recorded) == sorted(given) and list(given) == _dates_in(text, path)
        return (recorded, recorded) if same else (given, given)
    try:
        ordered = in_time_order(given)
    except OrderError as error:
        log.warning("%s: study.order records the order given, %s", error, ", ".join(given))
        return given, given
    if ordered != list(given):
        log.warning("the dates are put in time order: %s", ", ".join(ordered))
    return ordered, []


def _recorded_order(text: str, path: Path) -> list[str]:
    """Return `study.order`; nothing where params.yaml has none."""
    try:
        return labels(find_collection(compose(text, path), path, "study", "order"))
    except ParamsError:
        return []


def _renew_params(
    text: str, path: Path, dates: Sequence[str], order: Sequence[str], start: str | None
) -> str:
    top = compose(text, path)
    own = find_collection(top, path, "dates")
    split = find_collection(top, path, "split", "dates")
    starts = find_collection(top, path, "finetune", "from")
    pinned = balancing_dates(labels(split), labels(own), dates)
    edits = [
        replace_entries(text, own, {date: quote(date) for date in dates}),
        replace_entries(text, split, {date: quote(date) for date in pinned}),
        replace_entries(text, starts, {date: f"{quote(date)}: {PRETRAINED}" for date in dates}),
    ]
    if list(order) != _recorded_order(text, path):
        recorded = find_collection(top, path, "study", "order")
        edits.append(replace_entries(text, recorded, {date: quote(date) for date in order}))
    renewed = apply_edits(text, edits)
    return renewed if start is None else _set_starts(renewed, path, start, dates)


def _set_starts(text: str, path: Path, start: str, dates: Sequence[str]) -> str:
    """Return the text with other weights to start from."""
    starts = find_collection(compose(text, path), path, "finetune", "from")
    written = {
        date: weights if weights in (PRETRAINED, SCRATCH) else quote(weights)
        for date, weights in starting_weights(start, dates).items()
    }
    return apply_edits(text, replace_values(starts, written))
