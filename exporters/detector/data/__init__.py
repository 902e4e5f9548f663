"""What the detector is taught with and measured on: collections, and a teacher that labels them."""
