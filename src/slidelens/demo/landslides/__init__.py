"""Simulated landslides: sizes, placement, shapes, histories and inventories."""
