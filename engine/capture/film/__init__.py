"""Films and streams: from a container to decoded pictures, and what is lost."""
