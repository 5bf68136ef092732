"""Strange weights files: their writers, and the inputs made of them."""
