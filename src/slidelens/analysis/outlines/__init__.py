"""From probabilities to landslide polygons: outlines, fragments, holes, smoothing."""
