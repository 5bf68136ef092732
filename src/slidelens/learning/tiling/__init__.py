"""Map a scene of any size tile by tile: here or on a cluster, resumable, in constant memory."""
