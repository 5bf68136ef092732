"""Read public training sets and inventories of other formats, and write them as a study's files."""
