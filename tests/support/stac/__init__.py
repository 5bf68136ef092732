"""STAC catalogues, in folders and on a server."""
