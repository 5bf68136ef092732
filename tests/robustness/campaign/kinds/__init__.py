"""The inputs, a module per kind. Each module has `inputs() -> Iterator[Input]`."""
