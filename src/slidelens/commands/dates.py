"""`slidelens dates`: the dates of the study in params.yaml and dvc.yaml together.

DVC takes the stages of each date from params.yaml, but the stages that gather all dates must list each date's files one by one. Only the
lines of those lists change: the rest of both files stays as it was typed, to the byte.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import yaml

from slidelens.errors import ParamsError, SlidelensError
from slidelens.files import atomic_write, json_text, write_text
from slidelens.params.loading import parse_params
from slidelens.params.schema import PRETRAINED, PREVIOUS, SCRATCH, check_dates

log = logging.getLogger(__name__)

Edit = tuple[int, int, str]  # from, to (characters), the text in its place
Key = tuple[str, str]  # the parts of a path before and after its date
_LISTS_OF_PATHS = ("deps", "outs", "plots")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens dates`."""
    parser = subparsers.add_parser(
        "dates", help="set the dates of the study in params.yaml and dvc.yaml", description=__doc__
    )
    parser.add_argument(
        "dates",
        nargs="*",
        metavar="DATE",
        help="labels in time order, such as 2013 2014 2018-post; none: print those set",
    )
    parser.add_argument(
        "--from",
        dest="start",
        metavar="WEIGHTS",
        help="weights that every date starts from: pretrained, scratch (random ones), previous (the date before, the first: pretrained) or a date",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="the folder of params.yaml and dvc.yaml (default: the current one)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Set the dates and what they start from, or print the dates as JSON where nothing is given."""
    params, pipeline = arguments.folder / "params.yaml", arguments.folder / "dvc.yaml"
    own = _labels(_find(_compose(_read(params), params), params, "dates"))
    if arguments.dates or arguments.start:
        set_dates(params, pipeline, arguments.dates or own, arguments.start)
    else:
        print(json_text(own))
    return 0


def set_dates(params: Path, pipeline: Path, dates: Sequence[str], start: str | None = None) -> None:
    """Write the dates into both files, or into neither.

    start: what every date is fine-tuned from (see `starts_from`); None: a new date from the pretrained weights, the others as before
    Where dates are only added, `split.dates` keeps those that balanced the split so far, so that no ground changes its part.
    Raises ParamsError for labels that cannot name files, for parameters that refer to a date that goes, and for a list of files in
    dvc.yaml that names some of the dates only.
    """
    try:
        check_dates(tuple(dates))
    except ValueError as error:
        raise ParamsError(f"slidelens dates: {error}") from error
    texts = {params: _read(params), pipeline: _read(pipeline)}
    old = _labels(_find(_compose(texts[params], params), params, "dates"))
    new = {
        params: _params_with(texts[params], params, dates, start),
        pipeline: renew_pipeline(texts[pipeline], pipeline, old, dates),
    }
    checked = parse_params(yaml.safe_load(new[params]), f"{params} with these dates")
    _write_all(
        {path.resolve(): (texts[path], text) for path, text in new.items() if text != texts[path]}
    )
    for path, text in new.items():
        log.info(
            "%s: %s", path, "unchanged" if text == texts[path] else f"now for {', '.join(dates)}"
        )
    log.info(
        "train, validation and test ground is balanced by the landslides of %s",
        ", ".join(checked.split.dates) or "all dates",
    )


def starts_from(start: str, dates: Sequence[str]) -> dict[str, str]:
    """For each date the weights it starts from, by name: DVC must know which stage they come from.

    start: `pretrained`, `scratch`, `previous` (the date before in time order) or one of the dates; the first of a chain, and a date that
    would start from itself, start from the pretrained weights.
    """
    if start == PREVIOUS:
        return dict(zip(dates, [PRETRAINED, *dates], strict=False))
    return {date: PRETRAINED if date == start else start for date in dates}


def _params_with(text: str, path: Path, dates: Sequence[str], start: str | None) -> str:
    top = _compose(text, path)
    own, split, starts = (
        _find(top, path, *names) for names in (("dates",), ("split", "dates"), ("finetune", "from"))
    )
    pinned = balancing_dates(_labels(split), _labels(own), dates)
    new = [
        _edit(text, own, {date: _quoted(date) for date in dates}),
        _edit(text, split, {date: _quoted(date) for date in pinned}),
        _edit(text, starts, {date: f"{_quoted(date)}: {PRETRAINED}" for date in dates}),
    ]
    renewed = _applied(text, new)
    return _started(renewed, path, starts_from(start, dates)) if start else renewed


def _started(text: str, path: Path, wanted: Mapping[str, str]) -> str:
    """The text with other weights to start from; only the values change."""
    starts = _find(_compose(text, path), path, "finetune", "from")
    values = [(key.value, value) for key, value in starts.value]
    written = {
        date: name if name in (PRETRAINED, SCRATCH) else _quoted(name)
        for date, name in wanted.items()
    }
    return _applied(
        text,
        [(value.start_mark.index, value.end_mark.index, written[date]) for date, value in values],
    )


def balancing_dates(pinned: list[str], old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The dates whose landslides balance the split: those pinned, else those before new ones came; none pinned for another study."""
    if pinned and set(pinned) <= set(new):
        return pinned
    return list(old) if set(old) < set(new) else []


def renew_pipeline(text: str, path: Path, old: Sequence[str], new: Sequence[str]) -> str:
    """Return the text of dvc.yaml with the lists of each date's files for the new dates."""
    edits: list[Edit] = []
    expected: list[list[str]] = []
    for name, node in _lists_of_paths(_compose(text, path)):
        values, past = _labels(node), 0
        renewed: list[str] = []
        for first, stop in _runs([_key(value, old) for value in values]):
            wanted = _renewed(values[first:stop], old, new, f"{path}, {name}")
            quoted = node.value[first].style is not None
            edits.append(
                _edit(
                    text,
                    node,
                    {value: _quoted(value) if quoted else value for value in wanted},
                    first,
                    stop,
                )
            )
            renewed, past = [*renewed, *values[past:first], *wanted], stop
        expected.append([*renewed, *values[past:]])
    return _sure(_applied(text, edits), path, expected)


def _sure(text: str, path: Path, expected: list[list[str]]) -> str:
    """The text, if it reads as expected: a list that is typed in an unusual way may not."""
    if [_labels(node) for _, node in _lists_of_paths(_compose(text, path))] != expected:
        raise ParamsError(
            f"{path}: the lists of each date's files cannot be changed in place; write one file a line, or edit them by hand"
        )
    return text


def _lists_of_paths(node: yaml.Node, name: str = "") -> Iterator[tuple[str, yaml.SequenceNode]]:
    """Each list of files in the pipeline, with its place as `stages.density.deps`."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        inner = f"{name}.{key.value}".lstrip(".")
        if key.value in _LISTS_OF_PATHS and isinstance(value, yaml.SequenceNode):
            yield inner, value
        yield from _lists_of_paths(value, inner)


def _key(path: str, dates: Iterable[str]) -> tuple[Key, str] | None:
    """`data/maps/2013/a.gpkg` → (`data/maps/`, `/a.gpkg`) and its date; a date is a whole part of the path, or its stem."""
    parts = path.split("/")
    for i in reversed(range(len(parts))):
        for date in sorted(dates, key=len, reverse=True):  # 2018.5 before 2018
            if parts[i] == date or parts[i].startswith(f"{date}."):
                before = "".join(f"{part}/" for part in parts[:i])
                return (before, path[len(before) + len(date) :]), date
    return None


def _runs(keys: Sequence[object | None]) -> list[tuple[int, int]]:
    """Where neighbouring entries have a date: first and past the last."""
    groups = [
        (dated, list(group))
        for dated, group in groupby(range(len(keys)), lambda i: keys[i] is not None)
    ]
    return [(group[0], group[-1] + 1) for dated, group in groups if dated]


def _renewed(paths: list[str], old: Sequence[str], new: Sequence[str], where: str) -> list[str]:
    """The same block of files for the new dates, in the order of the old: all files of a date together, or all dates of a file."""
    known = [key for key in (_key(path, old) for path in paths) if key is not None]
    keys, dates = list(dict.fromkeys(key for key, _ in known)), {date for _, date in known}
    whole = sorted(known) == sorted((key, date) for key in keys for date in dates)
    if not whole or (len(dates) == 1 and len(set(old)) > 1):
        return _left_as_it_is(paths, dates, new, where)
    by_date = len(keys) > 1 and known[0][1] == known[1][1]
    order = (
        [(key, date) for date in new for key in keys]
        if by_date
        else [(key, date) for key in keys for date in new]
    )
    return [f"{before}{date}{after}" for (before, after), date in order]


def _left_as_it_is(paths: list[str], dates: set[str], new: Sequence[str], where: str) -> list[str]:
    """A stage may use some dates only: that is its author's, unless one of them goes."""
    if gone := sorted(dates - set(new)):
        raise ParamsError(
            f"{where} names {paths[0]} but not the files of every date, and {gone[0]} is to go; edit that list by hand first"
        )
    log.warning(
        "%s names %s but not the files of every date; that list is left as it is", where, paths[0]
    )
    return paths


# YAML text


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # bytes: line ends stay as they are
    except FileNotFoundError as error:
        raise ParamsError(
            f"there is no {path.name} in {path.parent.resolve()}; run from the folder that holds it"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ParamsError(f"{path} cannot be read as text: {error}") from error


def _compose(text: str, path: Path) -> yaml.Node:
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ParamsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ParamsError(f"{path} holds no mapping of names to values")
    return node


def _find(node: yaml.Node, path: Path, *names: str) -> yaml.CollectionNode:
    """The list or mapping called `split.dates` in a file."""
    for name in names:
        values = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for key, value in values if key.value == name), yaml.ScalarNode("", ""))
    if not isinstance(node, yaml.CollectionNode):
        raise ParamsError(
            f"{path} has no list {'.'.join(names)}; add it as in the repository's own params.yaml"
        )
    return node


@dataclass(frozen=True)
class Entry:
    """One entry of a list, or one name and its value, between two places in the text. label: the text, or the name."""

    label: str
    start: int
    end: int


def _entries(node: yaml.CollectionNode) -> list[Entry]:
    """The entries; one that is no plain text, such as a path with options, has no label."""
    pairs = [item if isinstance(item, tuple) else (item, item) for item in node.value]
    return [
        Entry(
            a.value if isinstance(a, yaml.ScalarNode) else "", a.start_mark.index, b.end_mark.index
        )
        for a, b in pairs
    ]


def _labels(node: yaml.CollectionNode) -> list[str]:
    return [entry.label for entry in _entries(node)]


def _quoted(label: str) -> str:
    return json.dumps(label, ensure_ascii=False)


def _edit(
    text: str,
    node: yaml.CollectionNode,
    wanted: Mapping[str, str],
    first: int = 0,
    stop: int | None = None,
) -> Edit:
    """Put other entries in the place of those from first to stop. wanted: label → the entry as written.

    An entry that stays keeps its line, its comment and the comment lines above it.
    """
    entries = _entries(node)
    replaced = entries[first:stop]
    if [entry.label for entry in replaced] == list(wanted):
        return 0, 0, ""
    if not entries:
        return node.start_mark.index + 1, node.end_mark.index - 1, ", ".join(wanted.values())
    if node.flow_style:
        return replaced[0].start, replaced[-1].end, ", ".join(wanted.values())
    return _lines_edit(text, replaced, wanted)


def _lines_edit(text: str, replaced: list[Entry], wanted: Mapping[str, str]) -> Edit:
    start = text.rfind("\n", 0, replaced[0].start) + 1
    ends = [text.find("\n", entry.end) + 1 or len(text) for entry in replaced]
    kept = {
        entry.label: text[a:b] for entry, a, b in zip(replaced, [start, *ends], ends, strict=False)
    }
    indent = text[start : replaced[0].start]  # with the dash of a list
    lines = [kept.get(label, f"{indent}{written}") for label, written in wanted.items()] or [
        indent.replace("-", " ") + "[]"
    ]
    line_end = "\r\n" if "\r\n" in text else "\n"
    return (
        start,
        ends[-1],
        "".join(line if line.endswith("\n") else f"{line}{line_end}" for line in lines),
    )


def _applied(text: str, edits: Iterable[Edit]) -> str:
    for start, end, replacement in sorted(
        set(edits), reverse=True
    ):  # from the end, so that places stay right
        text = text[:start] + replacement + text[end:]
    return text


def _write_all(texts: dict[Path, tuple[str, str]]) -> None:
    """Write every file's second text, or leave every file with its first."""
    written: list[Path] = []
    try:
        for path, (_, new) in texts.items():
            with atomic_write(path) as temporary:
                temporary.write_bytes(new.encode("utf-8"))
            written.append(path)
    except SlidelensError:
        for path in written:
            write_text(path, texts[path][0])
        raise
