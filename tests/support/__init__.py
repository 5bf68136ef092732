"""Studies, repositories and results that tests share."""
