"""Map the landslides of scenes with trained weights."""
