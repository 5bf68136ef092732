"""The built wheel, outside the repository and without the optional dependencies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from support.studies import ROOT, UTM, write_shapes

OPTIONAL = (
    "tensorflow",
    "keras",
    "h5py",
    "tqdm",
    "dvc",
    "mlflow",
    "filelock",
    "PIL.WebPImagePlugin",
)
BLOCKER = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name in {OPTIONAL!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that sees the wheel and none of the optional packages."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(
        ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__")
    )
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(source)], check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    site, blocker = folder / "site", folder / "blocker"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, timeout=300)
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(BLOCKER)
    return os.environ | {"PYTHONPATH": f"{blocker}{os.pathsep}{site}", "SITE": str(site)}


def run(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "slidelens", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def inventories(tmp_path: Path) -> Path:
    """Two inventories of 12 and 11 squares, most of them the same."""
    squares = [
        shapely.box(320_000 + 200 * i, 3_110_000, 320_050 + 200 * i, 3_110_060 + i)
        for i in range(13)
    ]
    write_shapes(tmp_path / "2015.gpkg", squares[:12], UTM)
    write_shapes(tmp_path / "2016.gpkg", squares[2:], UTM)
    return tmp_path


def test_it_is_the_wheel_that_runs(installed: dict[str, str], tmp_path: Path) -> None:
    code = "import slidelens; print(slidelens.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=installed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(installed["SITE"])


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("density", "2015.gpkg", "-o", "density.tif"), "peak_per_km2"),
        (("sizes", "2015.gpkg"), "power_law"),
        pytest.param(("compare", "2015.gpkg", "2016.gpkg"), "object", marks=pytest.mark.long),
        (("lifecycle", "2015.gpkg", "2016.gpkg", "-o", "landslides.gpkg"), "landslides"),
    ],
)
def test_file_commands_run_without_tensorflow_dvc_and_mlflow(
    installed: dict[str, str], inventories: Path, words: tuple[str, ...], key: str
) -> None:
    done = run(installed, inventories, *words)
    assert done.returncode == 0, done.stderr
    assert key in json.loads(done.stdout)


def test_a_command_that_needs_an_extra_names_it(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.weights.h5").write_bytes(b"x")
    done = run(installed, tmp_path, "map", "a.tif", "--weights", "a.weights.h5", "-o", "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'slidelens[train]'" in done.stderr
