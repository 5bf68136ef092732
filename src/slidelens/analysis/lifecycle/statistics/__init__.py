"""What follows from histories: rates, recovery, path dependency, and their doubts."""
