"""Tables, as CSV and Parquet."""
