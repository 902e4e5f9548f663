"""Data sets: layouts, reading, duplicates, alignment."""
