"""The methods: slidelens, and what it is compared with."""
