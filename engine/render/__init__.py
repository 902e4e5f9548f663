"""Draws what was read on the frames."""
