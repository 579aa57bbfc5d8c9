"""CPU time of one call, also of one that only starts a task."""

import asyncio
import gc
import time
from collections.abc import Callable

Act = Callable[[], object]

BATCH = 50
"""How many calls are made before their tasks get their turn: as many as `load.WINDOW` lets wait."""

TURNS = 4
"""Turns of the loop after which the tasks of a batch have ended and their callbacks have run."""


async def per_call_us(act: Act, calls: int) -> float:
    """The CPU time of this thread per call of ``act``, in microseconds, its tasks included."""
    batches = max(1, calls // BATCH)
    gc.collect()
    begun_s = time.thread_time()
    for _ in range(batches):
        for _ in range(BATCH):
            act()
        for _ in range(TURNS):
            await asyncio.sleep(0)
    return (time.thread_time() - begun_s) / (batches * BATCH) * 1e6
