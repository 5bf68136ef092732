"""What computes a network: TensorFlow, OpenVINO or ONNX Runtime."""

from __future__ import annotations

from typing import Literal

Engine = Literal["auto", "tensorflow", "openvino", "onnxruntime"]
Precision = Literal["auto", "float32", "bfloat16"]
