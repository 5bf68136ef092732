"""What the stages of the pipeline take."""
