"""Annotated video: its pictures, encoded."""
