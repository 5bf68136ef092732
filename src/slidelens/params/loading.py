"""Read and check params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from slidelens.errors import ParamsError
from slidelens.params.messages import first_problem
from slidelens.params.schema import Params
from slidelens.params.yaml_reading import read_yaml

DEFAULT_PATH = Path("params.yaml")


def load_params(path: Path = DEFAULT_PATH) -> Params:
    """Read and check params.yaml.

    Raises:
        ParamsError: The file or a value is unusable; the message is one line.
    """
    return parse_params(read_values(path), str(path))


def read_values(path: Path = DEFAULT_PATH) -> dict[str, Any]:
    """Read params.yaml as a mapping of parameters by name, without checking their values.

    Raises:
        ParamsError: The file is missing, is not YAML, or holds no mapping.
    """
    try:
        is_missing = not Path(path).exists()
    except (OSError, ValueError):  # a name that is too long, or with a null character
        is_missing = False  # reading says what is wrong with it
    if is_missing:
        where = (
            ""
            if Path(path).is_absolute()
            else f" in {Path.cwd()}; run from the folder that holds it"
        )
        raise ParamsError(f"there is no {path}{where}")
    values = read_yaml(path)
    if not isinstance(values, dict):
        content = "is empty" if values is None else f"holds {type(values).__name__}"
        raise ParamsError(f"{path} {content}, not a mapping of parameters")
    return values


def parse_params(values: dict[str, Any], where: str = "params.yaml") -> Params:
    """Check a mapping of parameters.

    Args:
        values: Parameters by name, with sections as nested mappings.
        where: Name of the file, for messages.

    Raises:
        ParamsError: A parameter is unknown, missing or has a value that is not allowed.
    """
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        raise ParamsError(f"{where}: {first_problem(error)}") from error
    except RecursionError as error:
        raise ParamsError(f"{where}: nested too deeply; flatten it") from error
