"""Strange things for the commands that hand results on, and for `init`."""
