"""The repository's own pipeline: running it, its results, its dates and output paths."""
