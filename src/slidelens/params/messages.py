"""Turn validation errors of parameters into plain one-line messages."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from slidelens.params.schema import Params
from slidelens.params.sources import section_of, untagged

_PLAIN = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "string_too_long": "shorter text",
    "too_long": "a shorter text or list",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "too_short": "a list with at least one entry",
    "dict_type": "a mapping of names to values",
    "model_type": "a section with its parameters below it",
}
_RANGE = ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "multiple_of")
_LIMITS = {
    annotated_types.MultipleOf: ("multiple_of", "a multiple of"),
    annotated_types.Gt: ("gt", "greater than"),
    annotated_types.Ge: ("ge", "greater than or equal to"),
    annotated_types.Lt: ("lt", "less than"),
    annotated_types.Le: ("le", "at most"),
}
_LONGEST = 80  # characters of a value in a message
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = _shown.maxlong = _LONGEST


def first_problem(error: ValidationError) -> str:
    """Return one plain sentence about the first problem of a validation."""
    # An unknown name usually explains the missing one beside it, so it comes first.
    problem = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    name = _parameter(problem)
    if problem["type"] == "extra_forbidden":
        return f"{shown_name(name)} is not a parameter{_suggestion(problem['loc'])}"
    if problem["type"] == "missing":
        return (
            f"{name} is missing; add it"
            " (the parameters and their meaning are in the repository's params.yaml)"
        )
    if problem["type"] == "value_error":
        text = str(problem["ctx"]["error"])
        return text if find_parameter(Params, problem["loc"]) is None else f"{name}: {text}"
    return _wrong_value(error, problem, Params)


def problem_of(error: ValidationError, model: type[BaseModel]) -> str:
    """Return one plain clause about the first problem of a file that slidelens wrote.

    Args:
        error: What the validation found.
        model: The model that it was validated by.
    """
    problem = min(error.errors(), key=lambda e: e["type"] not in ("extra_forbidden", "missing"))
    name = shown_name(_parameter(problem))
    if problem["type"] == "extra_forbidden":
        return f"{name} is unknown"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if problem["type"] == "value_error":
        return f"{name}: {problem['ctx']['error']}" if name else str(problem["ctx"]["error"])
    return _wrong_value(error, problem, model)


def _wrong_value(error: ValidationError, problem: ErrorDetails, model: type[BaseModel]) -> str:
    # A parameter that takes values of several kinds has an error for each kind.
    name = _parameter(problem)
    errors = [each for each in error.errors() if _parameter(each) == name]
    kinds = dict.fromkeys(_kind(each, model) for each in errors)
    value = shown_value(problem["input"])
    return f"{shown_name(name) or 'it'} is {value}; it should be {', or '.join(kinds)}"


def shown_value(value: object) -> str:
    """Return a value as it is shown in a message: at most a few dozen characters."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**_LONGEST:
        return "a number of more than 80 digits"
    return _shown.repr(value)


def shown_name(name: str) -> str:
    """Return a name as it is shown in a message: short, and without control characters."""
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}…"


def range_of(field: FieldInfo) -> str:
    """Return the values that a field may have, and what they mean; "" for one without bounds."""
    limits = {type(each): each for each in _metadata(field)}
    words = [
        f"{text} {getattr(limits[kind], name):,.10g}"
        for kind, (name, text) in _LIMITS.items()
        if kind in limits
    ]
    meaning = next((each.description for each in _fields(field) if each.description), None)
    text = ", ".join(words[:-1]) + " and " * (len(words) > 1) + "".join(words[-1:])
    return text + (f" ({meaning})" if words and meaning else "")


def _fields(field: FieldInfo) -> Iterator[FieldInfo]:
    """Yield a field and those in the kinds of value that it takes."""
    yield field
    for kind in get_args(field.annotation):
        yield from (each for each in get_args(kind) if isinstance(each, FieldInfo))


def _metadata(field: FieldInfo) -> list[Any]:
    return [each for part in _fields(field) for each in part.metadata]


def _parameter(problem: ErrorDetails) -> str:
    kinds = ("function-", "literal", "constrained", "float", "int", "str")
    parts = map(str, untagged(problem["loc"]))
    return ".".join(part for part in parts if not part.startswith(kinds))


def _kind(problem: ErrorDetails, model: type[BaseModel]) -> str:
    field = find_parameter(model, problem["loc"])
    if problem["type"] in _RANGE and field is not None and range_of(field):
        return range_of(field)
    return _PLAIN.get(problem["type"], problem["msg"].removeprefix("Input should be "))


def find_parameter(model: type[BaseModel], location: Sequence[int | str]) -> FieldInfo | None:
    """Return the parameter at a location; None for a section or the whole."""
    section: type[BaseModel] = model
    for part in untagged(location):
        if isinstance(part, int) and section is not model:  # an entry of a list of sections
            continue
        fields = {each.alias or name: each for name, each in section.model_fields.items()}
        field: FieldInfo | None = fields.get(str(part))
        below = None if field is None else section_of(field.annotation, location)
        if below is None:
            return field
        section = below
    return None


def _suggestion(location: tuple[int | str, ...]) -> str:
    section: type[BaseModel] = Params
    place = untagged(location)
    for part in place[:-1]:
        if isinstance(part, str):
            section = section_of(section.model_fields[part].annotation, location) or section
    names = [field.alias or name for name, field in section.model_fields.items()]
    close = difflib.get_close_matches(str(place[-1])[:_LONGEST], names, n=1)
    meant = ".".join([*map(str, place[:-1]), *close])
    return f"; did you mean {meant}?" if close else f"; there are {', '.join(names)}"
