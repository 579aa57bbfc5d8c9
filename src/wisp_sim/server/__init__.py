"""The server: the offline Discord as one object."""
