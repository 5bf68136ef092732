"""The environment of the other tools, which holds PyTorch.

It is apart from slidelens' own: PyTorch and TensorFlow in one environment disagree on versions.
SLIDELENS_PEERS_PYTHON names its interpreter; without that variable it is made once in the work
folder, with the packages of the extra `bench-speed`. Which build of PyTorch comes is pip's choice;
for a small one without CUDA, make the environment yourself and set the variable.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from slidelens.errors import SlidelensError

VARIABLE = "SLIDELENS_PEERS_PYTHON"
ROOT = Path(__file__).parents[2]
EXTRA = "bench-speed"


def packages() -> list[str]:
    """Return the requirements of the extra in pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    return list(extras[EXTRA])


def peers_python(work: Path) -> Path:
    """Return the interpreter of the environment; make the environment if there is none.

    Args:
        work: Folder of all that the benchmark keeps.

    Raises:
        SlidelensError: The interpreter that the variable names does not exist, or the packages
            cannot be installed.
    """
    if named := os.environ.get(VARIABLE):
        if not Path(named).exists():
            raise SlidelensError(f"{VARIABLE} is {named}, which does not exist; unset it")
        return Path(named)
    folder = work / "peers"
    python, done = folder / "bin/python", folder / "installed"
    if not done.exists():
        print(f"Installing {', '.join(packages())} into {folder}: several minutes …", flush=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages()], check=True)
        except subprocess.CalledProcessError as error:
            raise SlidelensError(
                f"the other tools could not be installed into {folder}; make an environment with"
                f" {', '.join(packages())} yourself and set {VARIABLE} to its python"
            ) from error
        done.touch()
    return python


def versions(python: Path, names: list[str]) -> str:
    """Return `name version` of those packages that an environment has, joined by commas."""
    code = (
        "import importlib.metadata as m, sys\n"
        "have = {d.name.lower().replace('_', '-'): d.version for d in m.distributions()}\n"
        "print(', '.join(f'{n} {have[n]}' for n in sys.argv[1:] if n in have))"
    )
    done = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=False)
    return done.stdout.strip()
