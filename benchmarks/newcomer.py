"""Time the way from an area to a map, command by command, on real images.

PYTHONPATH=tests:. python -m benchmarks.newcomer --data FOLDER prints a line per command: seconds
and what it found. FOLDER holds the case Iburi (aoi, scenes, inventories); its two scenes are served
by a STAC API on this machine, so no time is spent on a network. The manual inventory scores the
map.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.arguments import argument_parser
from support.iburi import write_iburi_catalogue
from support.stac.server import stac_server

WINDOWS = ("2018-08-01/2018-09-05", "2018-09-06/2018-10-31")


def commands(address: str) -> list[str]:
    """Return what a newcomer types.

    Args:
        address: Of the catalogue.
    """
    return [
        f"fetch --aoi area.gpkg --dates {' '.join(WINDOWS)} --catalog {address} -o study",
        "map study/scenes/2018-08-12.tif -o pre",
        "map study/scenes/2018-09-16.tif -o post --report",
        "compare manual.gpkg post/inventory.gpkg --aoi area.gpkg",
    ]


def main() -> None:
    """Print a line per command."""
    parser = argument_parser("benchmarks.newcomer", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the case Iburi")
    iburi = parser.parse_args().data.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(iburi / "aoi/investigation.gpkg", folder / "area.gpkg")
        shutil.copy(iburi / "inventories/post.gpkg", folder / "manual.gpkg")
        with stac_server(write_iburi_catalogue(iburi, folder / "stac")) as server:
            for line in commands(server.address):
                _run(line, folder)
    print("The score is no measure of new ground: the generic weights know the east of Iburi.")


def _run(line: str, folder: Path) -> None:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "slidelens", *line.split()],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"slidelens {line}: {done.stderr.strip().splitlines()[-1]}")
    print(f"{seconds:6.1f} s  slidelens {line}", flush=True)
    print(f"          {_brief(done.stdout)}", flush=True)


def _brief(text: str) -> str:
    """Return numbers of printed JSON in a line."""
    values = json.loads(text)
    values |= {f"{name} F1": values[name]["f1"] for name in ("pixel", "object") if name in values}
    return ", ".join(
        f"{name} {value:.4g}" for name, value in values.items() if isinstance(value, int | float)
    )


if __name__ == "__main__":
    main()
