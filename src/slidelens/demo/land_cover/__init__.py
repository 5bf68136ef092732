"""The simulated land cover: fields, roads, villages, forest."""
