"""A simulated valley whose landslides are known: stands in for images that cannot be passed on."""

from slidelens.demo.params import DemoParams, load_demo_params
from slidelens.demo.valley import SimulatedStudy, Valley, simulate_study

__all__ = ["DemoParams", "SimulatedStudy", "Valley", "load_demo_params", "simulate_study"]
