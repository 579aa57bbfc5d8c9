"""The present state of the offline Discord, how it changes, and what each change tells whom."""
