"""Read YAML of unknown origin: within bounds, and only what every program reads alike.

PyYAML reads YAML 1.1 and DVC YAML 1.2, which differ: 010 is 8 or 10, `off` is false or text,
2013-1-1 is a day or text. Words such as `off` are text here, as for DVC; a number or a day that is
written ambiguously, and a name that stands twice, are refused.
"""

from __future__ import annotations

import re
import stat
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from slidelens.errors import ParamsError, SlidelensError
from slidelens.resources import format_bytes, require_readable_file

_LARGEST_BYTES = 2_000_000  # a hundred times a params.yaml of many dates
_DEEPEST = 40  # levels of lists and mappings
_MOST_NODES = 200_000  # with aliases written out
_LONGEST_REASON = 300  # characters of a parser's message
_BOOL = "tag:yaml.org,2002:bool"
_DECIMAL = re.compile(
    r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|nan)", re.IGNORECASE
)


class _Loader(yaml.SafeLoader):
    """A safe loader without repeated names, ambiguous numbers and days, and words for booleans."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        self._refuse_repeated(node)
        return super().construct_mapping(node, deep)

    def _refuse_repeated(self, node: yaml.Node) -> None:
        first: dict[str, yaml.Node] = {}
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            # Text and number are compared alike: 2013 and "2013" are one date.
            if isinstance(key, yaml.ScalarNode) and first.setdefault(key.value, key) is not key:
                line = first[key.value].start_mark.line + 1
                name = _shortened(key.value)
                raise _problem(key, f"{name} stands twice, also in line {line}; delete one of them")

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
            raise _problem(node, f"{_shortened(node.value)} cannot be read: {error}") from error

    def construct_whole_number(self, node: yaml.ScalarNode) -> int:
        if len(node.value) > 400:
            digits = f"{node.value[:20]}… has {len(node.value)} digits"
            raise _problem(node, f"the number {digits}; write a smaller one")
        value = int(self.construct_yaml_int(node))
        if str(value) != node.value.removeprefix("+"):
            raise _problem(
                node,
                f"{node.value} is {value} for some programs and another number or text for others;"
                f' write {value}, or "{node.value}" if it is text',
            )
        return value

    def construct_number(self, node: yaml.ScalarNode) -> float:
        if not _DECIMAL.fullmatch(node.value):
            raise _problem(
                node,
                f"{_shortened(node.value)} is a number for some programs and text for others;"
                " write digits and a point, or put it in quotes",
            )
        return float(self.construct_yaml_float(node))

    def construct_day(self, node: yaml.ScalarNode) -> str:
        """Return the text of a day, which is a label here."""
        value = self.construct_yaml_timestamp(node)
        if type(value) is not date or value.isoformat() != node.value:
            raise _problem(
                node,
                f"{node.value} is a time for some programs and text for others; put it in quotes",
            )
        return str(node.value)


for _tag, _constructor in {
    "int": _Loader.construct_whole_number,
    "float": _Loader.construct_number,
    "timestamp": _Loader.construct_day,
}.items():
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _constructor)
for _tag in ("binary", "set", "omap", "pairs"):
    del _Loader.yaml_constructors[f"tag:yaml.org,2002:{_tag}"]
# Words for booleans as in YAML 1.2.
_Loader.yaml_implicit_resolvers = {
    first: [entry for entry in entries if entry[0] != _BOOL]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))


def read_yaml(
    path: Path,
    kind: str = "parameter file",
    error: type[SlidelensError] = ParamsError,
    largest_bytes: int = _LARGEST_BYTES,
) -> Any:
    """Read a YAML file.

    Args:
        path: The file.
        kind: What it is, for messages.
        error: Class to raise.
        largest_bytes: Size above which it is refused.

    Raises:
        SlidelensError: It cannot be read, is too large, or `parse_yaml` refuses it.
    """
    require_readable_file(path, kind, error)
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise error(f"{path} is a folder, not a {kind}; give the file")
        if status.st_size > largest_bytes:
            raise error(
                f"{path} has {format_bytes(status.st_size)}, too many for a {kind}"
                f" (at most {format_bytes(largest_bytes)}); give another file"
            )
        text = Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as reason:
        raise error(
            f"{path} is not UTF-8 text (byte {reason.start}: {reason.object[reason.start]:#04x});"
            " save it as UTF-8"
        ) from reason
    except OSError as reason:
        raise error(f"cannot read {path}: {reason.strerror}; check its permissions") from reason
    return parse_yaml(text, str(path), error)


def parse_yaml(text: str, where: str, error: type[SlidelensError] = ParamsError) -> Any:
    """Parse YAML text.

    Args:
        text: One YAML document.
        where: Name of the file or option, for messages.
        error: Class to raise.

    Raises:
        SlidelensError: It is not YAML, is nested too deeply, or grows too large when its aliases
            are written out, names something twice, or holds a value that programs read
            differently.
    """
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        _require_shallow(text)
        node = loader.get_single_node()
        _require_few(node)
        return None if node is None else loader.construct_document(node)
    except _RefusedError as reason:
        raise error(f"{where}: {reason}") from reason
    except yaml.YAMLError as reason:
        raise error(f"{where} is not YAML: {_shortened(reason, _LONGEST_REASON)}") from reason
    except (ValueError, TypeError, RecursionError, MemoryError) as reason:
        raise error(f"{where} cannot be read as YAML: {_shortened(reason)}; mend it") from reason
    finally:
        if loader is not None:
            loader.dispose()


class _RefusedError(Exception):
    """YAML that is refused although PyYAML reads it."""


def _problem(node: yaml.Node, text: str) -> _RefusedError:
    return _RefusedError(f"line {node.start_mark.line + 1}: {text}")


def _require_shallow(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else "?"
            raise _RefusedError(f"line {line}: nested more than {_DEEPEST} levels deep; flatten it")


def _require_few(node: yaml.Node | None) -> None:
    if node is not None and _size(node, {}, set()) > _MOST_NODES:
        raise _RefusedError(
            f"with its aliases written out it holds more than {_MOST_NODES:,} values; "
            "write out the few that are needed"
        )


def _size(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """Return the number of nodes below and with a node, aliases written out."""
    if id(node) in above:
        raise _problem(node, "an alias stands within what it names; write the values out")
    if id(node) not in known:
        children = node.value if isinstance(node, yaml.CollectionNode) else ()
        above.add(id(node))
        known[id(node)] = 1 + sum(
            _size(each, known, above)
            for child in children
            for each in (child if isinstance(child, tuple) else (child,))
        )
        above.discard(id(node))
    return known[id(node)]


def _shortened(value: object, longest: int = 100) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= longest else f"{text[:longest]}…"
