"""Images of STAC items: their bands, offset and pixels, and scenes composed of them."""
