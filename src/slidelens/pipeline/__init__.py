"""The pipeline of a study repository: creating it, setting its dates, running it."""
