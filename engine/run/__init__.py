"""Runs the stages: which frame goes where, in which thread."""
