"""What Wisp costs, measured beside plain discord.py in the same run."""
