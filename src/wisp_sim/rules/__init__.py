"""What Discord allows: pure functions over plain data."""
