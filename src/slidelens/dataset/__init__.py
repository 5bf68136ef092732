"""Prepared data, which the stages after `prepare` read."""
