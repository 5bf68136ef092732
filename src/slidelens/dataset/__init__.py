"""Prepared data: what later stages read from data/prepared."""
