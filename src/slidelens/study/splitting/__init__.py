"""Which ground is for training, validation and test, and what is labelled on it."""
