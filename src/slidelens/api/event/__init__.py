"""The report of one page about the map of an event."""
