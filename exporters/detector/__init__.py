"""The face detector: its labels, training, export and evaluation."""
