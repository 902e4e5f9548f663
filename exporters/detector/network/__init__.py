"""The detector itself: its layers, what it begins with, and its way to ONNX."""
