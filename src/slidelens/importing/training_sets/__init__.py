"""Read public training sets: a module per format, and what the formats share."""
