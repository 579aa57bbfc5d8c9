"""Applications that users added to themselves, to have their commands everywhere.

Source: https://docs.discord.com/developers/resources/application#user-context
"""

from wisp_sim.state.store import Store


def install(store: Store, user_id: int, application_id: int) -> None:
    """Let a user have an application; once is enough."""
    installed = store.user_installs.setdefault(user_id, [])
    if application_id not in installed:
        installed.append(application_id)


def uninstall(store: Store, user_id: int, application_id: int) -> None:
    """Let a user have an application no more; harmless if they had not."""
    installed = store.user_installs.get(user_id, [])
    if application_id in installed:
        installed.remove(application_id)
