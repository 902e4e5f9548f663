"""ONNX networks: their files and cards, and how they are run."""
