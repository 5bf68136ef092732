"""A new study repository, written from the package's template.

The template in `slidelens/pipeline/template` is derived from the files of slidelens's own
repository. After a change of those, write it again:

    python -m slidelens.pipeline.init --regenerate
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from slidelens.errors import OutputError
from slidelens.files import atomic_write_folder, write_text
from slidelens.outputs import is_utf8, require_folder_name
from slidelens.run import run

TEMPLATE = Path(__file__).parent / "template"
# The template's file: its path in a study repository. Package data must not start with a dot, and
# DVC takes every dvc.yaml below a repository for a pipeline, also in src/ or in .venv/.
FILES = {
    "README.md": "README.md",
    "pipeline.yaml": "dvc.yaml",
    "parameters.yaml": "params.yaml",
    "gitignore": ".gitignore",
    "dvcignore": ".dvcignore",
    "dvc-config": ".dvc/config",
    "dvc-gitignore": ".dvc/.gitignore",
    "raw-README.md": "data/raw/README.md",
    "models-gitignore": "models/.gitignore",
    "experiments-README.md": "metrics/experiments/README.md",
}
OWN = ("README.md",)  # files that the template does not take from the repository
EMPTY_FOLDERS = ("data/raw/scenes", "data/raw/inventories", "data/raw/pretrain")
_OF_ANOTHER = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
)
_PIPELINE_HEADER = """\
# The pipeline of a study; the code of each stage is in the installed package slidelens.
# DVC does not see that code: after an upgrade of slidelens, run `dvc repro --force`.
# `slidelens dates` keeps the lists of data/maps/<date>.
"""
_DEMO_ONLY = ("/demo/study", "/site", "/dist", "/build")
_REMEDY = "name a new folder, for example `slidelens init my-study`"


def create_study(folder: Path) -> bool:
    """Write a new study repository, whole or not at all.

    Runs `git init` and `dvc init` if these programs are installed.

    Args:
        folder: New or empty folder.

    Returns:
        Whether Git was found, so that the folder is a Git repository.

    Raises:
        OutputError: If the folder is not empty, has the name of a file or cannot be written.
    """
    try:
        folder = Path(folder).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links
        raise OutputError(f"{str(folder)[:100]} cannot be a folder ({error}); {_REMEDY}") from error
    _refuse_existing(folder)
    has_git = shutil.which("git") is not None
    with atomic_write_folder(folder) as new:
        if has_git:
            _run_in(new, "git", "init", "--quiet")
            if find_spec("dvc") is not None:
                _run_in(new, sys.executable, "-m", "dvc", "init", "--quiet")
        for name, path in FILES.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes((TEMPLATE / name).read_bytes())
        for path in EMPTY_FOLDERS:
            (new / path).mkdir(parents=True)
    return has_git


def _refuse_existing(folder: Path) -> None:
    if not is_utf8(str(folder)):
        raise OutputError(
            f"{folder} is a name that is not in UTF-8, which DVC does not take; {_REMEDY}"
        )
    require_folder_name(folder)
    if folder == Path.cwd():
        raise OutputError(f"{folder} is the current folder and cannot be replaced; {_REMEDY}")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder; {_REMEDY}")
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder} is not empty; {_REMEDY}")


def _run_in(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        name = "dvc init" if "dvc" in command else "git init"
        raise OutputError(f"`{name}` failed in a new folder: {reason}; nothing was written")


def _environment() -> dict[str, str]:
    """Return the environment without what names another repository, as a hook of Git has it."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    return kept | {"DVC_NO_ANALYTICS": "1"}


def template_from(repository: Path) -> dict[str, str]:
    """Return the texts of the template's files that a repository's files determine.

    Args:
        repository: Root of slidelens's own repository.
    """
    derive = {
        "pipeline.yaml": pipeline_template,
        "parameters.yaml": _params_template,
        "gitignore": _gitignore_template,
        "dvcignore": _dvcignore_template,
        "raw-README.md": _raw_readme_template,
        "experiments-README.md": _experiments_readme_template,
    }
    texts = {
        name: (repository / path).read_text(encoding="utf-8")
        for name, path in FILES.items()
        if name not in OWN
    }
    return {name: derive.get(name, str)(text) for name, text in texts.items()}


def pipeline_template(text: str) -> str:
    """Return dvc.yaml without code dependencies, for stages of the installed package."""
    _, stages, rest = text.partition("stages:\n")
    text = _PIPELINE_HEADER + stages + rest
    text = text.replace("PYTHONPATH=src python", "python")
    text = re.sub(r"^ *- src/.*\n", "", text, flags=re.MULTILINE)
    return re.sub(r",\s*src/[\w./]+(?=[,\]])", "", text)


def _params_template(text: str) -> str:
    text = re.sub(r"^  root: demo/study  ", "  root: data/raw    ", text, flags=re.MULTILINE)
    return text.replace("; your own: data/raw", "")


def _gitignore_template(text: str) -> str:
    return "".join(
        line for line in text.splitlines(keepends=True) if line.strip() not in _DEMO_ONLY
    )


def _dvcignore_template(text: str) -> str:
    return re.sub(r"^/src/.*\n", "", text, flags=re.MULTILINE)


def _raw_readme_template(text: str) -> str:
    text = text.replace(", set `study.root: data/raw`,\nand run ", ",\n")
    return text.replace("`docs/own-data.md`", "the comments in `params.yaml`")


def _experiments_readme_template(text: str) -> str:
    text = text.replace("`make paper`", "`slidelens ablations --paper`")
    return text.replace("`make ", "`slidelens ")


def regenerate(repository: Path) -> None:
    """Write the package's template anew from the repository's files."""
    for name, text in template_from(repository).items():
        write_text(TEMPLATE / name, text)


def main() -> int:
    """Regenerate the template in a checkout of slidelens."""
    parser = argparse.ArgumentParser(prog="python -m slidelens.pipeline.init")
    parser.add_argument(
        "--regenerate", action="store_true", required=True, help="write the template anew"
    )
    parser.parse_args()
    return run("template", lambda: regenerate(Path(__file__).parents[3]))


if __name__ == "__main__":
    sys.exit(main())
