"""Adapt trained weights to a scene with a handful of marks."""
