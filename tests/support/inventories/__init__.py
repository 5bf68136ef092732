"""Small inventories, maps of fragments and histories."""
