"""What was to happen in time, planned again after everything came out of a snapshot."""

from wisp_sim.model.interaction import Stage
from wisp_sim.state.interactions import watch
from wisp_sim.state.polls import run_poll
from wisp_sim.state.store import Store
from wisp_sim.state.threads import plan_archiving


def plan_again(store: Store) -> None:
    """Let polls end, threads fall asleep and waiting interactions fail; what is overdue does so at once."""
    for guild in store.guilds.values():
        for thread in guild.threads.values():
            plan_archiving(store, thread)
    for messages in store.messages.values():
        for message in messages.values():
            run_poll(store, message)
    for interaction in store.interactions.values():
        if interaction.stage is Stage.WAITING:
            watch(store, interaction)
