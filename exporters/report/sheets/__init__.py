"""What a person writes by hand: who is who, marks, corrections."""
