"""Discord's HTTP interface."""
