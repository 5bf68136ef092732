"""Fetch images of an area from STAC catalogues, as the scenes of a study."""
