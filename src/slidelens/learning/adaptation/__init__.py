"""Adapt trained weights to a scene of which only a few places are marked."""
