"""Texts of the report: summary, captions, model card and provenance."""
