"""What a report shows, and the report in a browser."""
