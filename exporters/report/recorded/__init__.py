"""What a run wrote: its records, their tracks, what is known of it."""
