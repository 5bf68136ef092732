"""dvc.yaml agrees with the imports of the stages, with params.yaml and with the layout."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from slidelens.layout import Layout
from slidelens.params.loading import load_params
from slidelens.params.schema import FinetuneParams

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
# What carries inputs in and messages out; a change there does not change what a stage computes.
PLUMBING = {
    path.relative_to(ROOT).as_posix()
    for name in (
        "__init__.py",
        "errors.py",
        "resources.py",
        "redaction.py",
        "escaping.py",
        "files.py",
        "outputs.py",
        "run.py",
        "types.py",
        "layout.py",
        "intermediate",
        "params",
        "tracking",
    )
    for path in [SOURCE / "slidelens" / name, *(SOURCE / "slidelens" / name).rglob("*.py")]
    if path.suffix == ".py"
} | {"src/slidelens/learning/training/progress.py"}
# What the report's code reads from beside it.
READ = {
    path.relative_to(ROOT).as_posix()
    for path in (SOURCE / "slidelens/report").rglob("*")
    if path.suffix in (".css", ".csv", ".geojson", ".html", ".js")
}


def stages() -> dict[str, dict[str, Any]]:
    """Return the stages of both pipelines by name."""
    loaded = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    loaded |= yaml.safe_load((ROOT / "demo/dvc.yaml").read_text())["stages"]
    return {name: stage.get("do", stage) for name, stage in loaded.items()}


def imported(path: Path) -> set[Path]:
    """Return the project's files that a file imports, anywhere in it."""
    tree = ast.parse(path.read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("slidelens"):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("slidelens")}
    paths = [SOURCE / name.replace(".", "/") for name in names]
    return {
        file
        for path in paths
        for file in (path.with_suffix(".py"), path / "__init__.py")
        if file.exists()
    }


def reached(path: Path) -> set[Path]:
    """Return the project's files that a file imports, and those that these import, and so on."""
    files: set[Path] = set()
    waiting = {path}
    while waiting:
        files |= waiting
        waiting = set().union(*map(imported, waiting)) - files
    return files


def code_of(stage: dict[str, Any]) -> set[str]:
    """Return the code files among a stage's dependencies; a folder stands for its files."""
    listed = {dep for dep in stage["deps"] if dep.startswith("src/")}
    files = {
        path.relative_to(ROOT).as_posix()
        for dep in listed
        for path in [ROOT / dep, *(ROOT / dep).rglob("*.*")]
        if path.is_file()
    }
    return {file for file in files if not file.endswith(("/__init__.py", ".pyc"))}


@pytest.mark.parametrize("name", sorted(stages()))
def test_a_stage_depends_on_the_code_that_it_imports(name: str) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in reached(SOURCE / f"slidelens/stages/{name}.py")
    }
    expected = {file for file in files if not file.endswith("/__init__.py")} - PLUMBING | (
        READ if name == "report" else set()
    )
    assert code_of(stages()[name]) - PLUMBING == expected


@pytest.mark.parametrize("name", sorted(stages()))
def test_a_stage_is_a_file_of_its_name(name: str) -> None:
    assert f"-m slidelens.stages.{name}" in stages()[name]["cmd"]
    assert (SOURCE / f"slidelens/stages/{name}.py").exists()


@pytest.mark.parametrize("stage", ["density", "revise", "lifecycle", "report"])
def test_stages_that_bring_dates_together_list_every_date(stage: str) -> None:
    """DVC cannot pull the folder data/maps, which holds the outputs of several stages."""
    dates = load_params(ROOT / "params.yaml").dates
    listed = [dep for dep in stages()[stage]["deps"] if dep.startswith("data/maps")]
    assert listed == [f"data/maps/{date}" for date in dates]


def outputs(stage: dict[str, Any]) -> set[str]:
    """Return the paths that a stage writes, listed with or without options."""
    listed = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return {path for entry in listed for path in ([entry] if isinstance(entry, str) else entry)}


def test_the_layout_names_the_outputs_of_dvc_yaml() -> None:
    layout, key, date = Layout(), "${key}", "${item.date}"
    expected = {
        "prepare": {layout.prepared},
        "pretrain": {
            layout.weights("pretrained"),
            layout.weights("scratch"),
            layout.history("pretrain"),
            layout.metric("pretrain"),
        },
        "finetune": {layout.weights(key), layout.history(key)},
        "evaluate": {layout.map_date(date)},
        "density": {layout.density, layout.metric("f1"), layout.metric("density")},
        "revise": {layout.revised, layout.metric("revised")},
        "lifecycle": {layout.lifecycle, layout.metric("lifecycle")},
        "report": {layout.report},
    }
    listed = {name: outputs(stage) for name, stage in stages().items() if name != "simulate"}
    assert listed == {name: {path.as_posix() for path in paths} for name, paths in expected.items()}


def test_params_and_stages_name_the_same_parameters() -> None:
    """A parameter that a stage lists exists; a misspelt one would never re-run it."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    for name, stage in stages().items():
        for listed in (param for param in stage.get("params", []) if isinstance(param, str)):
            value = values
            for part in listed.split("."):
                assert part in value, f"{name} lists {listed}"
                value = value[part]


def code_lines(path: Path) -> int:
    """Return the number of lines without blank ones, comments and docstrings."""
    text = path.read_text(encoding="utf-8")
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documented = [
        node.body[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, kinds) and ast.get_docstring(node) is not None
    ]
    docstrings = {
        number for node in documented for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in docstrings
        for number, line in enumerate(text.splitlines(), 1)
    )


@pytest.mark.parametrize("name", ["prepare", "density", "revise", "lifecycle", "report"])
def test_stages_whose_results_depend_on_the_order_of_dates_list_its_code(name: str) -> None:
    assert {path for path in PLUMBING if "/timeline/" in path and "__init__" not in path} <= (
        code_of(stages()[name])
    )


def test_code_that_the_stages_do_not_see_stays_small() -> None:
    """A change there re-runs nothing, so it must not grow beyond input, messages and logging."""
    seen = set().union(*map(code_of, stages().values()))
    names_only = {"src/slidelens/__init__.py"}  # the public API
    lines = {path: code_lines(ROOT / path) for path in PLUMBING - seen - names_only}
    assert max(lines.values()) <= 220, lines
    assert sum(lines.values()) <= 2_500, lines


def test_fine_tuning_depends_on_every_parameter_of_its_section() -> None:
    """All but `from`, which is the weights that each date depends on."""
    listed = {param for param in stages()["finetune"]["params"] if param.startswith("finetune.")}
    fields = {field.alias or name for name, field in FinetuneParams.model_fields.items()}
    assert listed == {f"finetune.{name}" for name in fields - {"from"}}


SECTIONS = {
    "study",
    "split",
    "model",
    "learning",
    "pretrain",
    "finetune",
    "evaluate",
    "density",
    "lifecycle",
}


@pytest.mark.parametrize("name", sorted(set(stages()) - {"simulate", "report"}))
def test_a_stage_lists_every_section_of_params_that_its_code_reads(name: str) -> None:
    """Sections are read as `params.learning` or `params.evaluate.calibration`."""
    read = set()
    for path in reached(SOURCE / f"slidelens/stages/{name}.py"):
        if path.relative_to(ROOT).as_posix() not in PLUMBING:
            text = path.read_text(encoding="utf-8")
            read |= set(re.findall(r"(?<!slidelens\.)\bparams\.([a-z_]+)", text))
    hyperparameters = {"lr", "filters", "batch_size", "epochs", "seed", "dates"}
    listed = {param.partition(".")[0] for param in stages()[name]["params"]}
    assert {part for part in read if part in SECTIONS | hyperparameters} - listed <= ALLOWED.get(
        name, set()
    )


# Sections that a stage's code names without depending on them.
ALLOWED = {
    # learning/training/settings.py describes both trainings; each stage uses its own half
    "pretrain": {"finetune"},
    "finetune": {"epochs", "pretrain"},
    # compared with the weights, which are a dependency;
    # block_m decides the prepared data, which are one too
    "evaluate": {"filters", "model", "split"},
}


def test_a_users_own_data_can_be_added_to_dvc_and_are_not_put_into_git(tmp_path: Path) -> None:
    """DVC passes over folders that Git ignores, and experiments would not find what lies there."""
    shutil.copy(ROOT / ".gitignore", tmp_path)
    (tmp_path / "data/raw/scenes").mkdir(parents=True)
    for name in ("scenes/2013.tif", "aoi.gpkg"):
        (tmp_path / "data/raw" / name).write_text("x")

    def output_of(*command: str) -> str:
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    output_of("git", "init", "--quiet")
    output_of(sys.executable, "-m", "dvc", "init", "--quiet")
    output_of(sys.executable, "-m", "dvc", "add", "--quiet", "data/raw/scenes", "data/raw/aoi.gpkg")
    assert all(
        f"data/raw/{name}.dvc" in output_of(sys.executable, "-m", "dvc", "dag", "--dot")
        for name in ("scenes", "aoi.gpkg")
    )
    output_of("git", "add", "--all")
    in_git = [name for name in output_of("git", "ls-files", "data").splitlines() if name]
    assert in_git == ["data/raw/.gitignore", "data/raw/aoi.gpkg.dvc", "data/raw/scenes.dvc"]
