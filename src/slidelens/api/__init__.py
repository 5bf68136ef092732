"""The notebook API. `import slidelens` exposes its names lazily."""
