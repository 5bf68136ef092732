"""Series of experiments in DVC's queue, and their tables."""
