"""Run `python -m slidelens`, which is the same as `slidelens`."""

from __future__ import annotations

import sys

from slidelens.cli import main

if __name__ == "__main__":
    sys.exit(main())
