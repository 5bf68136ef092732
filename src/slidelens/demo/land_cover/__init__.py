"""Simulated land cover: forest, fields, villages, roads and rivers."""
