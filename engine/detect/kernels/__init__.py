"""Compiled loops that decode boxes and follow faces."""
