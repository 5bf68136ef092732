"""The first screen of the report: four numbers with small charts."""
