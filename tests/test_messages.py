"""Messages that reach users of the command line and of Python alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import slidelens

SOURCE = Path(slidelens.__file__).parent
# Only the command line reaches these; elsewhere the option follows the name of the argument.
COMMAND_LINE = ("commands", "experiments", "pipeline", "stages", "tracking")
FILES = ("cli.py", "console.py", "api/inputs/dates.py")
EXPLAINED = re.compile(r"\([^()]*\)|`[^`]*`")  # after a name, or a command as a whole


def raised_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each message that is raised or logged as a warning."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield node.lineno, _text(node.exc)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "log.warning":
            yield node.lineno, _text(node)


def _text(node: ast.AST) -> str:
    parts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return " ".join(part for part in parts if isinstance(part, str))


def test_an_option_in_a_message_follows_the_name_of_the_argument() -> None:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE).as_posix()
        if relative in FILES or relative.split("/")[0] in COMMAND_LINE:
            continue
        for line, text in raised_texts(path):
            if re.search("--[a-z]", EXPLAINED.sub("", text)):
                found.append(f"{relative}:{line}: {text}")
    assert found == []
