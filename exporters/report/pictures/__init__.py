"""Pictures for papers and slides."""
