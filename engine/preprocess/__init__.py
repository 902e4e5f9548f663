"""Cuts faces out for the network."""
