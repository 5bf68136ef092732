"""Judge what slidelens did with an input."""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from robustness.campaign.item import ACCEPTED, REFUSED, TOLD, Input, Outcome, Result

LONGEST_LINE = 700  # characters
_LOG = re.compile(r"(info|warning): ")
_DVC_LOG = re.compile(r"(ERROR|WARNING): ")  # above the line of a command that runs DVC
_DVC_COMMANDS = ("sweep", "ablations", "compare")
_RAW = re.compile(r"<class |object at 0x|Error\(|KeyError|Traceback|\bNoneType\b|\[Errno")
_FRAME = re.compile(r'File "[^"]*/slidelens/([^"]+\.py)", line \d+, in (\S+)')
_CODE_WARNING = re.compile(r"warning: .*\((?:Runtime|User|Future|Deprecation)Warning, ")
# What only some commands have.
_STUDY_WORDS = re.compile(r"\b(study|split|evaluate|finetune|pretrain)\.[a-z_]+\b")
_FILE_COMMANDS = ("map", "density", "sizes", "compare", "lifecycle", "review")


def judge(item: Input, result: Result) -> Outcome:
    """Return the outcome of an input."""
    if result.broken:
        return Outcome(item, result, "broken input", result.broken.splitlines()[-1])
    if result.is_hung:
        return Outcome(item, result, "hang", f"{result.seconds:.0f} s")
    if result.status not in (0, 2) or "Traceback (most recent" in result.err:
        return Outcome(item, result, "traceback", *_where(result))
    if result.changed:
        why = f"{', '.join(result.changed)} changed"
        return Outcome(item, result, "silently wrong", why)
    return _judge_refusal(item, result) if result.status == 2 else _judge_answer(item, result)


def _where(result: Result) -> tuple[str, str]:
    """Return the last line of a traceback and the module of slidelens in which it ends."""
    frames = _FRAME.findall(result.err)
    lines = [line for line in result.err.splitlines() if line.strip()]
    module = frames[-1][0] if frames else ""
    return (lines[-1] if lines else f"status {result.status}")[:300], module


def _judge_refusal(item: Input, result: Result) -> Outcome:
    lines = [line for line in result.err.splitlines() if line and not _LOG.match(line)]
    if item.command in _DVC_COMMANDS:
        lines = [line for line in lines if not _DVC_LOG.match(line)]
    told = [line for line in result.out.splitlines() if line.startswith("problem: ")]
    if not lines and told:
        return _first_fault(item, result, told)
    if not lines and item.command == "audit" and re.search("^(LEAK|ok) ", result.out, re.MULTILINE):
        return _judge_answer(item, result)  # it has found something in the data
    if len(lines) != 1:
        why = f"{len(lines)} lines: {' / '.join(lines)[:300]}"
        return Outcome(item, result, "wrong line", why)
    return _first_fault(item, result, lines)


def _first_fault(item: Input, result: Result, lines: list[str]) -> Outcome:
    text = " ".join(lines)
    fault = next(_faults(item, result, lines), "")
    if item.expect == ACCEPTED:
        fault = "refused, but is sound"
    if fault:
        return Outcome(item, result, "wrong line", f"{fault}: {text[:400]}")
    return Outcome(item, result, "clear line", text[:400])


def _faults(item: Input, result: Result, lines: list[str]) -> Iterator[str]:
    text = " ".join(lines)
    names = item.about or tuple(PurePath(word).name for word in item.words[1:] if word.strip())
    if names and not any(" ".join(name.split()) in text for name in names):
        yield f"names none of {', '.join(names)}"
    longest = LONGEST_LINE + 2 * max(map(len, item.words))  # a path may be long
    if any(len(line) > longest for line in lines):
        yield f"{max(map(len, lines))} characters"
    if raw := _RAW.search(text):
        yield f"raw text of a library ({raw.group()})"
    known = options_of(item.command)
    for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text):
        of_another = re.search(r"(gdal\w*|ogr\w*|rio|mlflow|git|dvc) [^;]*" + option, text)
        if option not in known and option not in " ".join(item.words) and not of_another:
            yield f"{item.command} has no option {option}"
    if item.command in _FILE_COMMANDS and "--rev" not in item.words:
        for word in _STUDY_WORDS.finditer(text):
            if not re.search(r"\.(tif|gpkg|h5|yaml|json|geojson)$", word.group()):
                yield f"{item.command} has no parameter {word.group()}"
    yield from _called_absent(result, text)


def _called_absent(result: Result, text: str) -> Iterator[str]:
    """Yield a fault if a file that is there is called absent."""
    for name in result.there:
        path = re.escape(PurePath(name).name)
        if re.search(rf"there (?:is|are) no (?:(?! in )[\w ])*\S*{path}(?![\w:/-])(?! \w)", text):
            yield f"calls {name} absent"
        if re.search(rf"{path}\S* ?(does not exist|: No such file)", text):
            yield f"calls {name} absent"


def options_of(command: str) -> frozenset[str]:
    """Return the options of a command; none for a stage."""
    if command.startswith("stage:"):
        return frozenset({"--help", "--out"})
    from slidelens import cli

    try:
        name = "import_" if command == "import" else command
        module = importlib.import_module(f"slidelens.commands.{name}")
    except ModuleNotFoundError:
        return frozenset({"--help", "--version"})
    group = cli.command_line(command, module)
    names = {name for parameter in group.commands[command].params for name in parameter.opts}
    return frozenset(names | {"--help"})


def _judge_answer(item: Input, result: Result) -> Outcome:
    notes = [line for line in result.err.splitlines() if line.startswith("warning: ")]
    notes += [line for line in result.out.splitlines() if line.startswith(("note: ", "problem: "))]
    if found := _CODE_WARNING.search(result.err):
        return Outcome(item, result, "wrong line", f"a warning about code: {found.group()[:300]}")
    why = ""
    if item.expect == REFUSED:
        why = "accepted"
    elif item.expect == TOLD and not notes:
        why = "accepted without a word"
    elif result.missing:
        why = f"no output {', '.join(result.missing)}"
    else:
        why = next(_wrong_values(item, result.out), "")
    return Outcome(item, result, "silently wrong" if why else "accepted", why or " ".join(notes))


def _wrong_values(item: Input, out: str) -> Iterator[str]:
    if out.lstrip().startswith("{"):
        try:
            values = json.loads(out, parse_constant=_not_a_number)
        except ValueError as error:
            yield f"{error} in the JSON"
            return
        for key, expected in item.answer.items():
            if not _is_same(found := _find(values, key), expected):
                yield f"{key} is {found}, expected {expected}"
    elif item.answer:
        yield f"no JSON, expected {dict(item.answer)}"


def _not_a_number(name: str) -> float:
    raise ValueError(name)


def _find(values: Any, key: str) -> Any:
    for name in key.split("."):
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _is_same(found: Any, expected: Any) -> bool:
    if isinstance(expected, (list, tuple)):  # any of them
        return any(_is_same(found, one) for one in expected)
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return math.isclose(found, expected, rel_tol=0.005, abs_tol=1e-9)
    return bool(found == expected)
