"""What is said of a face over time."""
