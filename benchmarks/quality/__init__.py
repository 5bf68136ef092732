"""How well slidelens maps real ground, beside what people would otherwise use: `python -m benchmarks.quality --help`."""
