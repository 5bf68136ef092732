"""From a weights file and an image to calibrated probabilities and landslides."""
