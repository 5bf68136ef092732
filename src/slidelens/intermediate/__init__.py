"""Files between the stages: read with a message that names the stage to run again."""
