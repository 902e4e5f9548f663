"""Benchmarks of speed and memory, each a module to run."""
