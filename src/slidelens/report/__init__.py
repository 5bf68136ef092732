"""The report: figures, tables, texts and the HTML page."""
