"""Change entries of lists and mappings in YAML text and leave every other byte as it was typed.

PyYAML says where in the text each entry stands. An edit replaces characters there; all edits of a
text are made at once with `apply_edits`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from slidelens.errors import ParamsError, SlidelensError
from slidelens.files import atomic_write, write_text
from slidelens.params.yaml_reading import parse_yaml
from slidelens.resources import require_readable_file


class Edit(NamedTuple):
    """A replacement of the characters from `start` to before `end`."""

    start: int
    end: int
    text: str


_NO_EDIT = Edit(0, 0, "")


@dataclass(frozen=True)
class _Entry:
    """An entry of a list, or a name and its value, between two places in the text.

    `label` is the text or the name; empty if the entry is no plain text, for example a path with
    options.
    """

    label: str
    start: int
    end: int


def read_yaml_text(path: Path) -> str:
    """Read a YAML file's text with the line ends that it has.

    Raises:
        ParamsError: If the file is missing or is no UTF-8 text.
    """
    if path.exists():
        require_readable_file(path, "file", ParamsError)
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise ParamsError(
            f"there is no {path.name} in {path.parent.resolve()}; run from the folder that holds it"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParamsError(f"{path} cannot be read as text: {reason}; restore it") from error


def compose(text: str, path: Path) -> yaml.MappingNode:
    """Parse YAML text into nodes that know where they stand in it.

    Args:
        text: Content of a YAML file.
        path: The file, for error messages.

    Raises:
        ParamsError: If the text is no YAML, no mapping, or `parse_yaml` refuses it.
    """
    parse_yaml(text, str(path))  # says what is wrong with it
    node = yaml.compose(text, yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise ParamsError(f"{path} holds no mapping of names to values")
    return node


def find_collection(top: yaml.Node, path: Path, *names: str) -> yaml.CollectionNode:
    """Return the list or mapping of a name, for example ("split", "dates").

    Args:
        top: The file's top node.
        path: The file, for error messages.
        names: Names from the top to the collection.

    Raises:
        ParamsError: If there is none.
    """
    node = top
    for name in names:
        values = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for key, value in values if key.value == name), yaml.ScalarNode("", ""))
    if not isinstance(node, yaml.CollectionNode):
        below = f" below `{'.'.join(names[:-1])}`" if names[1:] else ""
        raise ParamsError(
            f"{path} has no list {'.'.join(names)}; add `{names[-1]}: []`{below}, then run again"
        )
    return node


def labels(node: yaml.CollectionNode) -> list[str]:
    """Return the entries of a list, or the names of a mapping; "" for what is no plain text."""
    return [entry.label for entry in _entries(node)]


def quote(label: str) -> str:
    """Return a text in double quotes, so that YAML reads 2013 as text."""
    return json.dumps(label, ensure_ascii=False)


def replace_entries(
    text: str,
    node: yaml.CollectionNode,
    new: Mapping[str, str],
    first: int = 0,
    stop: int | None = None,
) -> Edit:
    """Return the edit that puts other entries in the place of those from `first` to before `stop`.

    An entry that stays keeps its line, its comment and the comment lines above it.

    Args:
        text: The file's text.
        node: A list or mapping in it.
        new: Each new entry as it is written, by its label.
        first: Index of the first entry to replace.
        stop: Index past the last entry to replace; None: up to the end.
    """
    entries = _entries(node)
    replaced = entries[first:stop]
    if [entry.label for entry in replaced] == list(new):
        return _NO_EDIT
    if not entries:
        return Edit(node.start_mark.index + 1, node.end_mark.index - 1, ", ".join(new.values()))
    if node.flow_style:
        return Edit(replaced[0].start, replaced[-1].end, ", ".join(new.values()))
    return _replace_lines(text, replaced, new)


def replace_values(node: yaml.CollectionNode, new: Mapping[str, str]) -> list[Edit]:
    """Return the edits that give every name of a mapping another value.

    Args:
        node: A mapping.
        new: Each value as it is written, by its name.
    """
    return [
        Edit(value.start_mark.index, value.end_mark.index, new[key.value])
        for key, value in node.value
    ]


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made."""
    for edit in sorted(set(edits), reverse=True):  # from the end, so that places stay right
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def write_together(texts: Mapping[Path, tuple[str, str]]) -> None:
    """Write several files, or none of them.

    Args:
        texts: For each file its present text, which a failure brings back, and the new one.

    Raises:
        OutputError: If a file cannot be written.
    """
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


def _entries(node: yaml.CollectionNode) -> list[_Entry]:
    pairs = [item if isinstance(item, tuple) else (item, item) for item in node.value]
    return [
        _Entry(
            key.value if isinstance(key, yaml.ScalarNode) else "",
            key.start_mark.index,
            value.end_mark.index,
        )
        for key, value in pairs
    ]


def _replace_lines(text: str, replaced: list[_Entry], new: Mapping[str, str]) -> Edit:
    """Replace entries that have a line each."""
    start = text.rfind("\n", 0, replaced[0].start) + 1
    ends = [text.find("\n", entry.end) + 1 or len(text) for entry in replaced]
    old_lines = {
        entry.label: text[begin:end]
        for entry, begin, end in zip(replaced, [start, *ends], ends, strict=False)
    }
    indent = text[start : replaced[0].start]  # with the dash of a list
    lines = [old_lines.get(label, f"{indent}{written}") for label, written in new.items()]
    lines = lines or [indent.replace("-", " ") + "[]"]
    line_end = "\r\n" if "\r\n" in text else "\n"
    complete = (line if line.endswith("\n") else f"{line}{line_end}" for line in lines)
    return Edit(start, ends[-1], "".join(complete))
