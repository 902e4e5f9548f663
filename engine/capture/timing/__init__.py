"""Time: from the stamps of a container to those of frames."""
