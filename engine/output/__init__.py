"""Where results go: video, records, a window."""
