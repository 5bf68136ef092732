"""Packages and floors: imports go down only, and heavy libraries stay in their packages."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src/slidelens"
FLOORS = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"api"},
    {"stages"},
    {"catalog"},
    {"qgis"},
    {"report"},
    {"experiments", "pipeline"},
    {"learning"},
    {"fetching"},
    {"registry", "study"},
    {"dataset", "demo", "importing", "tracking"},
    {"analysis"},
    {"layers"},
    {"geo"},
    {"console", "intermediate", "overwriting"},
    {"params", "files", "run", "layout"},
    {"outputs", "resources"},
    {"errors", "escaping", "generic", "redaction", "types"},
]
FILES = sorted(PACKAGE.rglob("*.py"))
ROOT = PACKAGE.parents[1]
MAX_MODULES = 15  # of a folder; more are split by subject
ONE_A_COMMAND = {"src/slidelens/commands", "tests/commands"}
KERAS_CLASSES = {
    "learning/networks/batch_normalisation.py",
    "learning/training/callbacks.py",
    "learning/training/fused_adam.py",
}


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else module


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    return names_of(ast.walk(parse(path)))


def at_start(path: Path) -> set[str]:
    """What a file imports when it is imported itself."""
    return names_of(parse(path).body)


def names_of(nodes: Iterable[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def floor(name: str) -> int:
    return next(number for number, packages in enumerate(FLOORS) if name in packages)


def test_every_package_has_a_floor() -> None:
    packages = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} - {
        "__init__"
    }
    assert packages == set().union(*FLOORS)


def test_folders_have_few_modules() -> None:
    modules = Counter(
        path.parent.relative_to(ROOT).as_posix()
        for top in ("src/slidelens", "tests", "benchmarks")
        for path in (ROOT / top).rglob("*.py")
        if path.name != "__init__.py"
    )
    crowded = {folder for folder, number in modules.items() if number > MAX_MODULES}
    assert crowded <= ONE_A_COMMAND, sorted(crowded)


def test_imports_go_down_only() -> None:
    upwards = []
    for path in FILES:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own == "__init__":  # lazily, and for type checkers
            assert not {name for name in at_start(path) if name.startswith("slidelens")}
            continue
        for name in imports(path):
            other = package_of(name)
            if name.startswith("slidelens.") and other != own and floor(other) <= floor(own):
                upwards.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert upwards == []


@pytest.mark.parametrize(
    ("library", "packages"),
    [
        ("mlflow", {"registry", "tracking"}),
        ("tensorflow", {"learning"}),
        ("keras", {"learning"}),
        ("onnx", {"learning"}),
        ("pyogrio", {"geo", "layers"}),
    ],
)
def test_a_library_stays_in_its_packages(library: str, packages: set[str]) -> None:
    users = {
        path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for path in FILES
        for name in imports(path)
        if name.split(".")[0] == library
    }
    assert users == packages


def test_tensorflow_and_mlflow_are_imported_only_where_they_are_used() -> None:
    """At the top of a file they would cost every command seconds.

    Modules that define Keras classes need Keras at the top; so no other file may import them there.
    """
    heavy = {"tensorflow", "keras", "mlflow", "onnx", "onnxruntime"}
    for path in FILES:
        starts = at_start(path)
        if path.relative_to(PACKAGE).as_posix() not in KERAS_CLASSES:
            assert not {name.split(".")[0] for name in starts} & heavy, path
        for module in KERAS_CLASSES:
            name = f"slidelens.{module.removesuffix('.py').replace('/', '.')}"
            assert name not in starts, f"{path} imports {name} at its top"


def test_help_and_bad_parameters_answer_without_heavy_libraries() -> None:
    code = (
        "import sys; from slidelens import cli; [cli.load(name) for name in cli.COMMANDS];"
        "heavy = {'tensorflow', 'keras', 'mlflow', 'onnx', 'matplotlib.pyplot'};"
        "print(*heavy & set(sys.modules))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == ""
    )
