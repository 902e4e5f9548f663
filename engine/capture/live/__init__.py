"""Cameras, what is pushed in, and whatever comes back or plays like them."""
