"""Inputs whose outcome is known to be wrong, each with the reason; an empty table is the aim."""

KNOWN: dict[str, str] = {}
