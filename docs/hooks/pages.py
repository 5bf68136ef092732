"""Complete the pages that are not written by hand: command reference and benchmark results."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_RESULTS = "results.md"
_NO_PAGE = r"\[[^\]]+\]\((?:\.\./)+((?:benchmarks/results|metrics|notebooks)/[^)]*)\)"


def on_files(files: Any, config: Any) -> Any:
    """Add benchmarks/RESULTS.md to the site."""
    from mkdocs.structure.files import File

    text = (_ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    text = text.replace("](../docs/", "](").replace("](results/", "](../benchmarks/results/")
    files.append(File.generated(config, _RESULTS, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point links at the site's own pages, and append the help texts to commands.md.

    Links to files that are not part of the site become their paths.
    """
    markdown = re.sub(r"\]\(((?:\.\./)+)benchmarks/RESULTS\.md", _results_link, markdown)
    markdown = re.sub(_NO_PAGE, r"`\1`", markdown)
    return markdown + _help_texts() if page.file.src_uri == "commands.md" else markdown


def _results_link(match: re.Match[str]) -> str:
    return f"]({match[1].removeprefix('../')}{_RESULTS}"


def _help_texts() -> str:
    """Return one section per command with the text of `slidelens COMMAND --help`."""
    overview = _help()
    names = re.findall(r"^[ │|]+([a-z][a-z0-9]+)\s{2,}\S", overview, flags=re.MULTILINE)
    sections = [("slidelens", overview), *((f"slidelens {name}", _help(name)) for name in names)]
    return "".join(f"\n## {title}\n\n```text\n{text}\n```\n" for title, text in sections)


def _help(*command: str) -> str:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb"}
    python = os.environ.get("SLIDELENS_PYTHON", sys.executable)
    return subprocess.run(
        [python, "-m", "slidelens", *command, "--help"],
        capture_output=True,
        check=True,
        cwd=_ROOT,
        env={**environment, "PYTHONPATH": str(_ROOT / "src")},
        text=True,
    ).stdout.rstrip()
