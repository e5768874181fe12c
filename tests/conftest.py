"""Settings shared by every test: hypothesis is deterministic and has no deadline, for machines of any speed."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "project", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
