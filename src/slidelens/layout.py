"""Paths of the pipeline's outputs below the root of a study repository.

They are the contract between the stages; dvc.yaml names the same paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# In the folder of the stage `lifecycle`: the histories of each kind of inventory.
HISTORY_FILES = {"predicted": "landslides.gpkg", "manual": "manual.gpkg"}


@dataclass(frozen=True)
class Layout:
    """Output paths of every stage below `root`, the folder that holds dvc.yaml."""

    root: Path = Path()

    @property
    def prepared(self) -> Path:
        """Folder of the stage `prepare`, with a folder for each date, `pretrain` and `terrain`."""
        return self.root / "data/prepared"

    @property
    def terrain(self) -> Path:
        """Folder of the elevation on the study's grid."""
        return self.prepared / "terrain"

    @property
    def maps(self) -> Path:
        """Folder of the stages `evaluate@<date>`, with a folder for each date."""
        return self.root / "data/maps"

    @property
    def density(self) -> Path:
        """Folder of the kernel density rasters."""
        return self.root / "data/density"

    @property
    def revised(self) -> Path:
        """Folder of the stage `revise`, with a folder for each date."""
        return self.root / "data/revised"

    @property
    def lifecycle(self) -> Path:
        """Folder of the landslides' histories."""
        return self.root / "data/lifecycle"

    @property
    def models(self) -> Path:
        """Folder of the weights files."""
        return self.root / "models"

    @property
    def metrics(self) -> Path:
        """Folder of the metrics, which are tracked by Git."""
        return self.root / "metrics"

    @property
    def experiments(self) -> Path:
        """Folder of the tables of experiments."""
        return self.metrics / "experiments"

    @property
    def report(self) -> Path:
        """Folder of the report."""
        return self.root / "report"

    def prepared_date(self, name: str) -> Path:
        """Return the folder of a prepared date, or of `pretrain`."""
        return self.prepared / name

    def map_date(self, date: str) -> Path:
        """Return the folder of a date's map, inventory and scores."""
        return self.maps / date

    def probability(self, date: str) -> Path:
        """Return the path of a date's probability map."""
        return self.map_date(date) / "probability.tif"

    def inventory(self, date: str) -> Path:
        """Return the path of a date's predicted inventory."""
        return self.map_date(date) / "inventory.gpkg"

    def scores(self, date: str) -> Path:
        """Return the path of a date's scores."""
        return self.map_date(date) / "scores.json"

    def weights(self, name: str) -> Path:
        """Return the path of the weights of a date, or of `pretrained` or `scratch`."""
        return self.models / f"{name}.weights.h5"

    def metric(self, name: str) -> Path:
        """Return the path of the metrics `pretrain`, `f1`, `density`, `revised` or `lifecycle`."""
        return self.metrics / f"{name}.json"

    def history(self, name: str) -> Path:
        """Return the path of the training history of a date or of `pretrain`, a row per epoch."""
        return self.metrics / "history" / f"{name}.csv"


def writing_stage(path: Path) -> str:
    """Return the stage of dvc.yaml that writes a file or folder, by its path.

    Args:
        path: Path below the root of a study repository, for example data/maps/2013/scores.json.

    Returns:
        Its name; empty if no stage writes to such a path.
    """
    folders = Path(path).parts
    name = folders[-1].removesuffix(".csv").removesuffix(".json").removesuffix(".weights.h5")
    for index in reversed(range(len(folders) - 1)):
        first, second = folders[index : index + 2]
        if (first, second) == ("data", "maps"):
            return "@".join(["evaluate", *folders[index + 2 : index + 3]])
        if first == "data" and second in ("prepared", "density", "lifecycle", "revised"):
            return {"prepared": "prepare", "revised": "revise"}.get(second, second)
        if (first, second) == ("metrics", "history") or first == "models":
            return "pretrain" if name.startswith(("pretrain", "scratch")) else f"finetune@{name}"
        if first == "metrics":
            return {"f1": "density", "revised": "revise"}.get(name, name)
    return ""
