"""Turn validation errors of parameters into plain one-line messages."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slidelens.params.schema import Params

_PLAIN = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "too_short": "a list with at least one entry",
    "dict_type": "a mapping of names to values",
    "model_type": "a section with its parameters below it",
}


def first_problem(error: ValidationError) -> str:
    """Return one plain sentence about the first problem of a validation."""
    # An unknown name usually explains the missing one beside it, so it comes first.
    problem = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    name = _parameter(problem)
    if problem["type"] == "extra_forbidden":
        return f"{name} is not a parameter{_suggestion(problem['loc'])}"
    if problem["type"] == "missing":
        return (
            f"{name} is missing; add it"
            " (the parameters and their meaning are in the repository's params.yaml)"
        )
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    # A parameter that takes values of several kinds has an error for each kind.
    kinds = dict.fromkeys(_kind(each) for each in error.errors() if _parameter(each) == name)
    return f"{name} is {problem['input']!r}; it should be {', or '.join(kinds)}"


def _parameter(problem: ErrorDetails) -> str:
    kinds = ("function-", "literal", "constrained", "float", "int", "str")
    return ".".join(str(part) for part in problem["loc"] if not str(part).startswith(kinds))


def _kind(problem: ErrorDetails) -> str:
    return _PLAIN.get(problem["type"], problem["msg"].removeprefix("Input should be "))


def _suggestion(location: tuple[int | str, ...]) -> str:
    section: Any = Params
    for part in location[:-1]:
        section = section.model_fields[str(part)].annotation
    names = [field.alias or name for name, field in section.model_fields.items()]
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    return (
        f"; did you mean {'.'.join([*map(str, location[:-1]), close[0]])}?"
        if close
        else f"; there are {', '.join(names)}"
    )
