"""Malformed and strange things for `fetch`."""
