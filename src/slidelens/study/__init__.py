"""The user's images and inventories, up to prepared data."""
