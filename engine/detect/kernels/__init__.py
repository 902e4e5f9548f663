"""Compiled loops that decode boxes, follow faces and compare pictures."""
