"""Tables, migrations and guild data: the SQL side of every port.

Only `wisp_framework.db.guild_data` works without the ``[db]`` extra.
"""
