"""One module for each command: options, a library call, and its result as JSON or a table."""
