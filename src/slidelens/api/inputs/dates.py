"""Assign files to dates, by their names or by labels."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from slidelens.errors import InventoryError, ParamsError
from slidelens.escaping import counted
from slidelens.params.timeline.order import (
    OrderError,
    UndatedError,
    in_time_order,
    readings,
    undated,
)

log = logging.getLogger(__name__)

_Value = TypeVar("_Value")


def dated_files(pairs: Sequence[str]) -> dict[str, Path]:
    """Return files by date.

    Args:
        pairs: Texts of the form DATE=FILE.

    Raises:
        ParamsError: If a text has no equals sign, or a date has two files.
    """
    texts = dated_texts(pairs, "--observed", "FILE", "2015=scenes/2015.tif")
    return {date: Path(text) for date, text in texts.items()}


def dated_texts(pairs: Sequence[str], option: str, kind: str, example: str) -> dict[str, str]:
    """Return what an option gives for each date.

    Args:
        pairs: Texts of the form DATE=TEXT.
        option: The option, for messages.
        kind: What the text is, for example FILE.
        example: A pair that could be meant.

    Raises:
        ParamsError: If a text has no equals sign, or a date has two.
    """
    texts: dict[str, str] = {}
    for pair in pairs:
        date, separator, text = pair.partition("=")
        if not separator or not text:
            raise ParamsError(f"{option} has {pair!r}; give it as DATE={kind}, such as {example}")
        if date in texts:
            raise ParamsError(
                f"{option} names {date} twice, {texts[date]} and {text}; give one {kind.lower()}"
            )
        texts[date] = text
    return texts


def dated_paths(paths: Sequence[Path], labels: Sequence[str] | None = None) -> dict[str, Path]:
    """Return inventories by date label, earliest first.

    Args:
        paths: Inventories in any order.
        labels: A label per inventory; by default the names of the files, or those of their
            folders if all files have the same name. Labels that hold a date (or `pre` and
            `post`) are put in time order; others must be given and are taken to be in order.

    Raises:
        InventoryError: If labels are missing, repeated or unclear, or do not tell their order.
    """
    names = list(labels or _names(paths))
    if len(names) != len(paths):
        raise InventoryError(
            f"{counted(len(paths), 'inventory', 'inventories')} and"
            f" {counted(len(names), 'date')} are given; give one date for each inventory"
        )
    _require_distinct(paths, names)
    path_of = dict(zip(names, paths, strict=True))
    ordered = _order_of_labels(names, "--dates") if labels else _order_of_names(names)
    return {name: path_of[name] for name in ordered}


def by_date(values: Mapping[str, _Value]) -> dict[str, _Value]:
    """Return values by the text of their labels, earliest first.

    Labels without a date are taken to be in order, which a warning says.

    Raises:
        InventoryError: If labels are repeated or unclear, or do not tell their order.
    """
    texts = {str(label): value for label, value in values.items()}
    if len(texts) < len(values):
        raise InventoryError("two of the dates have the same label; tell them apart")
    ordered = _order_of_labels(list(texts), "the labels")
    if bare := undated(ordered) if len(ordered) > 1 else []:
        told = "does not tell its date" if len(bare) == 1 else "do not tell their dates"
        log.warning("%s %s; the order given counts: %s", ", ".join(bare), told, ", ".join(ordered))
    if read := readings(ordered):
        log.warning("of the dates, %s", "; ".join(read))
    return {label: texts[label] for label in ordered}


def _require_distinct(paths: Sequence[Path], names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InventoryError(
            f"two inventories are of {repeated[0]}; join them, or tell them apart with --dates"
        )
    resolved = [os.path.realpath(path) for path in paths]  # a link to itself is no error here
    twice = [path for path, own in zip(paths, resolved, strict=True) if resolved.count(own) > 1]
    if twice:
        raise InventoryError(f"{twice[0]} is given twice; give each inventory once")


def _order_of_names(names: list[str]) -> list[str]:
    try:
        return in_time_order(names)
    except UndatedError as error:
        raise InventoryError(
            f"the names {', '.join(undated(names))} do not tell the dates; "
            "name the files by date, such as 2015.gpkg, or give --dates in order"
        ) from error
    except OrderError as error:
        raise InventoryError(
            f"the names do not tell the order of the dates: {error}; "
            "give --dates, such as 2015-11 2016-02"
        ) from error


def _order_of_labels(labels: list[str], what: str) -> list[str]:
    """Return labels in time order; those without a date must be given in order."""
    _require_printable(labels)
    bare = undated(labels) if len(labels) > 1 else []
    dated = [label for label in labels if label not in bare]
    try:
        ordered = in_time_order(dated)
    except OrderError as error:
        raise InventoryError(
            f"{what} do not tell the order of the dates: {error}; "
            "give labels such as 2015-11, or labels without dates in time order"
        ) from error
    if bare and ordered != dated:
        raise InventoryError(
            f"{what} are not in time order, and {bare[0]} does not tell its date; "
            "give all in time order"
        )
    return labels if bare else ordered


def _require_printable(labels: Sequence[str]) -> None:
    for label in labels:
        if not label.strip() or not label.isprintable():
            raise InventoryError(
                f"the date {label!r} cannot be printed; give a label of letters and digits"
            )


def _names(paths: Sequence[Path]) -> list[str]:
    stems = [path.stem for path in paths]
    all_same = len(paths) > 1 and len(set(stems)) == 1
    return [path.resolve().parent.name for path in paths] if all_same else stems
