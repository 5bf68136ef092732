"""The inputs, a module or folder per kind, with `inputs() -> Iterator[Input]`."""
