"""Images and inventories of the user, up to prepared data."""
