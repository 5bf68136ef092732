"""Compare the time, memory and seams of `slidelens map` with those of other tools."""
