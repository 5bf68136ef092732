"""Histories of landslides over several dates."""
