"""Agreement between a map and a reference: pixels, fragments, probabilities."""
