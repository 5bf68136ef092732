"""Find what somebody changed in a mapped inventory, and make labels of it."""
