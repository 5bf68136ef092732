"""Images of known shift or change, and large ones."""
