"""How good networks are: reports, tables, clips, robustness."""
