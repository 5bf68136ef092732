"""Training: settings, losses, optimiser, callbacks."""
