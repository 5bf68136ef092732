"""Strange vector files: their writers, their traits, and where they are given."""
