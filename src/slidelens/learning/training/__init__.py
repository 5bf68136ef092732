"""Train networks: settings, losses, optimiser and callbacks."""
