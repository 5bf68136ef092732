"""The notebook runs on the demo study, and its two files agree."""

from __future__ import annotations

from pathlib import Path

import jupytext

from support.pipeline.workshop import ROOT, Workshop

NOTEBOOKS = ROOT / "notebooks"


def test_it_runs_after_the_pipeline(finished: Workshop, tmp_path: Path) -> None:
    shop = finished.copy(tmp_path / "repository")
    done = shop.run("python", "-m", "pytest", "-p", "no:cacheprovider", "--nbmake", "notebooks")
    assert "1 passed" in done.stdout


def test_the_notebook_is_that_of_the_script() -> None:
    script, notebook = (
        [(cell.cell_type, cell.source) for cell in jupytext.read(NOTEBOOKS / name).cells]
        for name in ("quickstart.py", "quickstart.ipynb")
    )
    assert script == notebook, "run `jupytext --sync notebooks/quickstart.py`"
