"""Simulated relief: noise, drainage, steady-state terrain."""
