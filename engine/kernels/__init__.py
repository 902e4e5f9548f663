"""Compiled loops that several stages need."""
