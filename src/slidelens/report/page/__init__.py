"""The HTML report and its interactive map."""
