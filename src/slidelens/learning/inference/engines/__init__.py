"""What computes a network: TensorFlow or OpenVINO."""

from __future__ import annotations

from typing import Literal

Engine = Literal["auto", "tensorflow", "openvino"]
Precision = Literal["auto", "float32", "bfloat16"]
