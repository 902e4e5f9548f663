"""The page: everything in one file, which can be mailed."""
