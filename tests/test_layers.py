"""Rooms and floors: imports go down only, and heavy libraries stay in their rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src/slidelens"
FLOORS = [
    {"cli"},
    {"commands"},
    {"api"},
    {"stages"},
    {"report"},
    {"experiments", "pipeline"},
    {"learning"},
    {"study"},
    {"dataset", "demo", "tracking"},
    {"analysis"},
    {"layers"},
    {"geo"},
    {"console"},
    {"params", "files", "run", "layout"},
    {"errors", "types"},
]
FILES = sorted(PACKAGE.rglob("*.py"))


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return found | {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }


def at_start(path: Path) -> set[str]:
    """What a file imports when it is imported itself."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return found | {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module
    }


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def test_every_room_has_a_floor() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} - {
        "__init__"
    }
    assert rooms == set().union(*FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":  # lazily, and for type checkers
        assert not {name for name in at_start(path) if name.startswith("slidelens")}
        return
    for name in imports(path):
        if name.startswith("slidelens.") and room(name) != own:
            assert floor(room(name)) > floor(own), f"{path.name} imports {name}"


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("mlflow", {"tracking"}),
        ("tensorflow", {"learning"}),
        ("keras", {"learning"}),
        ("pyogrio", {"geo", "layers"}),
    ],
)
def test_a_library_stays_in_its_room(library: str, rooms: set[str]) -> None:
    users = {
        path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for path in FILES
        for name in imports(path)
        if name.split(".")[0] == library
    }
    assert users == rooms


def test_tensorflow_and_mlflow_are_imported_only_where_they_are_used() -> None:
    """At the top of a file they would cost every command seconds."""
    for path in FILES:
        assert not {name.split(".")[0] for name in at_start(path)} & {
            "tensorflow",
            "keras",
            "mlflow",
        }, path


def test_help_and_bad_parameters_answer_without_heavy_libraries() -> None:
    code = "import sys, slidelens.cli; slidelens.cli.load_all(); print(*{'tensorflow', 'keras', 'mlflow', 'matplotlib.pyplot'} & set(sys.modules))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == ""
    )
