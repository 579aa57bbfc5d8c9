"""What all tests share."""

import os

from hypothesis import HealthCheck, settings

# How long a generated case takes says something about the machine, not about Wisp.
settings.register_profile("wisp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "soak", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=1000
)
settings.load_profile("soak" if os.environ.get("WISP_SOAK") else "wisp")
