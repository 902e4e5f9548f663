"""What people did when: episodes, sums, responses to events, agreement."""
