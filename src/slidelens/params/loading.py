"""Read and check params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from slidelens.errors import ParamsError
from slidelens.params.messages import first_problem
from slidelens.params.schema import Params

DEFAULT_PATH = Path("params.yaml")


def load_params(path: Path = DEFAULT_PATH) -> Params:
    """Read and check params.yaml.

    Raises:
        ParamsError: The file or a value is unusable; the message is one line.
    """
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        where = (
            ""
            if Path(path).is_absolute()
            else f" in {Path.cwd()}; run from the folder that holds it"
        )
        raise ParamsError(f"there is no {path}{where}") from error
    except UnicodeDecodeError as error:
        raise ParamsError(
            f"{path} is not UTF-8 text (byte {error.start}: {error.object[error.start]:#04x});"
            " save it as UTF-8"
        ) from error
    except yaml.YAMLError as error:
        raise ParamsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise ParamsError(f"{path} holds {type(values).__name__}, not a mapping of parameters")
    return parse_params(values, str(path))


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
