"""How data sets lie on disk, and what becomes one of them."""
