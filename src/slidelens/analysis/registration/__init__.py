"""Measure by how much images, or outlines and an image, lie beside each other."""
