"""Keep the outputs of a command from replacing its inputs, or what is no file."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from itertools import product
from pathlib import Path

from slidelens.errors import OutputError
from slidelens.outputs import output_file, output_folder

_OUTPUTS = ("out", "figure", "csv", "corrected")  # names of the parameters that name files to write
_SETTINGS = ("params.yaml", "dvc.yaml", "dvc.lock")  # read in a folder that a command works in


def refuse_overwriting(parameters: Mapping[str, object]) -> None:
    """Raise OutputError if a file to write is also a file to read.

    Args:
        parameters: Values of a command's parameters by name. Those called "out", "figure", "csv"
            and "corrected" name files to write; every other path, alone, in a list or after DATE=,
            is read.
    """
    files = {name: _existing_files(value) for name, value in parameters.items()}
    outputs = [path for name in _OUTPUTS for path in files.get(name, [])]
    inputs = [path for name, paths in files.items() if name not in _OUTPUTS for path in paths]
    for output, path in product(outputs, inputs):
        if output.samefile(path):
            raise OutputError(
                f"{output} is read and would be overwritten; name another file for the output"
            )


def refuse_what_is_no_file(parameters: Mapping[str, object], folders: Collection[str] = ()) -> None:
    """Raise OutputError if an output would replace something that it must not replace.

    Args:
        parameters: Values of a command's parameters by name; see `refuse_overwriting`.
        folders: Names of the parameters that name folders to write.
    """
    for name in _OUTPUTS:
        path = parameters.get(name)
        if isinstance(path, Path):
            (output_folder if name in folders else output_file)(path)
            if _is_standard_output(path):
                raise OutputError(
                    f"{path} is the standard output of this command, which its result is printed"
                    " on; name another file for the output"
                )


def _is_standard_output(path: Path) -> bool:
    with suppress(OSError, ValueError):  # not there; standard output is no file
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    return False


def _existing_files(value: object) -> list[Path]:
    values = value if isinstance(value, (list, tuple)) else [value]
    paths = [
        Path(item.partition("=")[2]) if isinstance(item, str) and "=" in item else item
        for item in values
    ]
    # A path may name a layer of a vector file: FILE|layername=LAYER.
    named = (str(path).partition("|layername=")[0] for path in paths if isinstance(path, Path))
    given = [path for path in paths if isinstance(path, Path)] + [*map(Path, named)]
    settings = [folder / name for folder in given for name in _SETTINGS]
    return [path for path in [*given, *settings] if _is_file(path)]


def _is_file(path: Path) -> bool:
    """Return whether a text, which may be no path at all, names a file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
