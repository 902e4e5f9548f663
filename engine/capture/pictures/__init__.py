"""Photographs, and arrays of one's own."""
