"""Find the items of STAC catalogues, and check what strangers wrote into them."""
