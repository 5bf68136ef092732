"""A network as a list of steps: what each needs around its result, and how much memory."""
