"""From prepared scenes to weights and probability maps."""
