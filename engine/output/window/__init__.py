"""The window that shows the newest frame."""
