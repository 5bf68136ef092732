"""Read and write polygons: files, layers, CRSs, and which geometries can be used."""
