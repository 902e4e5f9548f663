"""The command line: one file a sub-command; heavy imports wait until a command runs."""
