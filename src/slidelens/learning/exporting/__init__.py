"""Write networks for other programs: ONNX graphs that take the pixels as they are."""
