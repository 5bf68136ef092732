"""From a network to a map: probabilities of prepared data or a scene, and landslides."""
