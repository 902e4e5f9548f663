"""Measured behaviour: steadiness, identities, latency, adaptive reading."""
