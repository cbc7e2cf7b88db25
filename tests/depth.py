"""The settings of a state machine: so many stories in CI, twenty times as many in the nightly profile."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

USUAL = 100
"""What hypothesis tries when no profile says otherwise."""
_COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "report_multiple_bugs": False,
}


def depth(examples: int, steps: int) -> settings:
    """Return settings for `examples` stories of at most `steps` steps; a bigger profile tries as many times more."""
    most = max(1, examples * settings().max_examples // USUAL)
    phases = [phase for phase in Phase if phase is not Phase.explain]
    return settings(max_examples=most, stateful_step_count=steps, phases=phases, **_COMMON)


def control(steps: int) -> settings:
    """Return settings for a negative control: the same stories every time, up to the first that fails."""
    return settings(max_examples=400, stateful_step_count=steps, phases=[Phase.generate], derandomize=True, **_COMMON)
