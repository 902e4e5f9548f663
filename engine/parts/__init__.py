"""What the parts of a face say."""
