"""Stages of the pipeline: a file for each stage of dvc.yaml, of the same name."""
