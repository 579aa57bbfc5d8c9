"""What Discord is made of: plain data, without rules, network or time of its own."""
