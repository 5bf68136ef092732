"""A simulated valley whose landslides are known: stands in for images that cannot be passed on."""

from slidelens.demo.params import DemoParams, load_demo_params
from slidelens.demo.valley import Study, Valley, study

__all__ = ["DemoParams", "Study", "Valley", "load_demo_params", "study"]
