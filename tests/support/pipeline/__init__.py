"""Repositories to run DVC in, and what stands in for it."""
