"""What the functions take: inventories, areas, dates, and the ground that was mapped."""
