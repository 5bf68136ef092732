"""Map prepared data or a scene with a network: probabilities and landslides."""
