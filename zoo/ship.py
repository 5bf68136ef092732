"""Put the weights that were trained on all regions, and their scores, into the package."""

from __future__ import annotations

import shutil
import sys

from slidelens.errors import OutputError
from slidelens.files import atomic_write, read_json, write_json
from slidelens.run import run
from zoo.regions import NAMES, ROOT, ZOO

PACKAGE = ROOT / "src/slidelens/generic"
_LARGEST_BYTES = 2 * 2**20


def main() -> int:
    """Write the files of src/slidelens/generic."""
    return run("zoo", ship)


def ship() -> None:
    """Copy weights and scores into the package.

    Raises:
        OutputError: The weights take more than 2 MiB.
    """
    weights = ZOO / "weights/without-bijie-half.weights.h5"
    if (size := weights.stat().st_size) > _LARGEST_BYTES:
        raise OutputError(f"{weights} takes {size:,} bytes; use fewer filters in zoo/params.yaml")
    with atomic_write(PACKAGE / "generic-rgb.weights.h5") as temporary:
        shutil.copyfile(weights, temporary)
    scores = {
        name.capitalize(): read_json(path)["half_precision"]
        for name in NAMES
        if (path := ZOO / f"scores/{name}.json").exists()
    }
    write_json(PACKAGE / "scores.json", {"regions": scores})


if __name__ == "__main__":
    sys.exit(main())
