"""A campaign of malformed and strange inputs over all commands and stages.

`PYTHONPATH=tests:. python -m robustness.campaign` runs it and prints a table of outcomes. To add an
input, add a line to a table in `robustness.campaign.kinds`.
"""
