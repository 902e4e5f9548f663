"""Files: which may be written, and how they become whole."""
