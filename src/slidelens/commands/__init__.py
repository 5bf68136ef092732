"""One file for each `slidelens` command that works on files, without DVC."""
