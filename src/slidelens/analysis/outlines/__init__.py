"""Convert probability maps to landslide polygons: outlines, fragments, holes, smoothing."""
