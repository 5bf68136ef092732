"""Simulate a valley with known landslides, in place of images that cannot be redistributed."""

from slidelens.demo.params import DemoParams, load_demo_params
from slidelens.demo.valley import SimulatedStudy, Valley, simulate_study

__all__ = ["DemoParams", "SimulatedStudy", "Valley", "load_demo_params", "simulate_study"]
