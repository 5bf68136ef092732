"""The lists in dvc.yaml that name the files of each date, for other dates.

DVC takes the stages of each date from params.yaml, but the stages that bring all dates together
must list each date's files literally.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import yaml

from slidelens.errors import ParamsError
from slidelens.pipeline.yaml_edit import (
    Edit,
    apply_edits,
    compose,
    labels,
    quote,
    replace_entries,
)

log = logging.getLogger(__name__)

_LISTS_OF_PATHS = ("deps", "outs", "plots")


class _DatedPath(NamedTuple):
    """A path that names a date: data/maps/2013/a.gpkg is ("data/maps/", "2013", "/a.gpkg")."""

    before: str
    date: str
    after: str

    @property
    def frame(self) -> tuple[str, str]:
        """The path without its date."""
        return self.before, self.after


def renew_date_lists(text: str, path: Path, old: Sequence[str], new: Sequence[str]) -> str:
    """Return the text of dvc.yaml with the files of the new dates in place of those of the old.

    Args:
        text: Content of dvc.yaml.
        path: The file, for messages.
        old: Dates that the lists name now.
        new: Dates that they shall name.

    Raises:
        ParamsError: If a list names only some of the dates and one of these goes, or if a list is
            typed in a way that cannot be changed in place.
    """
    edits: list[Edit] = []
    expected: list[list[str]] = []
    for name, node in _lists_of_paths(compose(text, path)):
        paths, past = labels(node), 0
        renewed: list[str] = []
        for first, stop in _dated_runs(paths, old):
            files = _renew(paths[first:stop], old, new, f"{path}, {name}")
            is_quoted = node.value[first].style is not None
            written = {file: quote(file) if is_quoted else file for file in files}
            edits.append(replace_entries(text, node, written, first, stop))
            renewed, past = [*renewed, *paths[past:first], *files], stop
        expected.append([*renewed, *paths[past:]])
    edited = apply_edits(text, edits)
    _require_lists(edited, path, expected)
    return edited


def _require_lists(text: str, path: Path, expected: list[list[str]]) -> None:
    """Refuse a text whose lists read otherwise, as may be if they are typed in an unusual way."""
    if [labels(node) for _, node in _lists_of_paths(compose(text, path))] != expected:
        raise ParamsError(
            f"{path}: the lists of each date's files cannot be changed in place; "
            "write one file a line, or edit them by hand"
        )


def _lists_of_paths(node: yaml.Node, name: str = "") -> Iterator[tuple[str, yaml.SequenceNode]]:
    """Yield each list of files below a node and its name, for example stages.density.deps."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        inner = f"{name}.{key.value}".lstrip(".")
        if key.value in _LISTS_OF_PATHS and isinstance(value, yaml.SequenceNode):
            yield inner, value
        yield from _lists_of_paths(value, inner)


def _split_at_date(path: str, dates: Iterable[str]) -> _DatedPath | None:
    """Split a path at its date, which is a whole part of it or the stem of one; None without."""
    parts = path.split("/")
    for index in reversed(range(len(parts))):
        for date in sorted(dates, key=len, reverse=True):  # 2018.5 before 2018
            if parts[index] == date or parts[index].startswith(f"{date}."):
                before = "".join(f"{part}/" for part in parts[:index])
                return _DatedPath(before, date, path[len(before) + len(date) :])
    return None


def _dated_runs(paths: Sequence[str], dates: Sequence[str]) -> list[tuple[int, int]]:
    """Return where neighbouring paths name a date: the first index and that past the last."""
    is_dated = [_split_at_date(path, dates) is not None for path in paths]
    groups = [(key, list(group)) for key, group in groupby(range(len(paths)), is_dated.__getitem__)]
    return [(group[0], group[-1] + 1) for key, group in groups if key]


def _renew(paths: list[str], old: Sequence[str], new: Sequence[str], where: str) -> list[str]:
    """Return a run of files for the new dates in the order of the old: by date, or by file."""
    dated = [split for path in paths if (split := _split_at_date(path, old)) is not None]
    frames = list(dict.fromkeys(path.frame for path in dated))
    dates = {path.date for path in dated}
    names_all = sorted((path.frame, path.date) for path in dated) == sorted(
        (frame, date) for frame in frames for date in dates
    )
    if not names_all or (len(dates) == 1 and len(set(old)) > 1):
        return _keep(paths, dates, new, where)
    if len(frames) > 1 and dated[0].date == dated[1].date:
        order = [(frame, date) for date in new for frame in frames]
    else:
        order = [(frame, date) for frame in frames for date in new]
    return [f"{before}{date}{after}" for (before, after), date in order]


def _keep(paths: list[str], dates: set[str], new: Sequence[str], where: str) -> list[str]:
    """Return the paths of some dates as they are: a stage's author may want these dates only."""
    if gone := sorted(dates - set(new)):
        raise ParamsError(
            f"{where} names {paths[0]} but not the files of every date, and {gone[0]} is to go; "
            "edit that list by hand first"
        )
    log.warning(
        "%s names %s but not the files of every date; that list is left as it is", where, paths[0]
    )
    return paths
