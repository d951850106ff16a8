"""Budget and learning rate: both by progress, the share of the budget that is spent."""

import math
from dataclasses import dataclass

WARM_UP = 0.02


@dataclass(frozen=True)
class Budget:
    """Steps, minutes or both; what is spent first ends the run."""

    steps: int | None
    minutes: float | None

    def progress(self, steps: int, minutes: float) -> float:
        """From 0 to 1."""
        shares = [spent / limit for spent, limit in ((steps, self.steps), (minutes, self.minutes)) if limit is not None]
        return min(max(shares), 1.0)


def rate(progress: float) -> float:
    """What the learning rates are multiplied with: a short rise, then half a cosine down to 1 %."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.02)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
