"""Measuring from outside: the engine knows only that somebody observes."""
