"""Generic weights: their file, scores and model card; made by zoo/ of the repository."""
