"""What somebody changed in an inventory, and the ground that is known from it."""
