"""Compare slidelens with other methods on real landslides.

See `python -m benchmarks.quality --help`.
"""
