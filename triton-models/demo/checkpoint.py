"""The state of a run in one file, replaced as a whole."""

from pathlib import Path

import torch
from torch import Tensor

from student import Student

FILE = "checkpoint.pt"


def save_checkpoint(
    folder: Path,
    identity: dict,
    student: Student,
    optimisers: list[torch.optim.Optimizer],
    mean: dict[str, Tensor],
    step: int,
    minutes: float,
) -> None:
    """A run that is killed while it writes keeps the file before."""
    state = {
        "identity": identity,
        "student": student.state_dict(),
        "optimisers": [optimiser.state_dict() for optimiser in optimisers],
        "mean": mean,
        "step": step,
        "minutes": minutes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE}.partial"
    torch.save(state, partial)
    partial.replace(folder / FILE)


def load_checkpoint(
    folder: Path, identity: dict, student: Student, optimisers: list[torch.optim.Optimizer], mean: dict[str, Tensor]
) -> tuple[int, float]:
    """Fills in what was saved and returns steps and minutes spent, 0 and 0 where there is no checkpoint.

    Raises ValueError, naming what differs, when the checkpoint is of a run with other settings or other files.
    """
    path = folder / FILE
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, map_location="cpu", weights_only=True)
    other = sorted(key for key in identity if state["identity"].get(key) != identity[key])
    if other:
        raise ValueError(f"{path.name} is of a run with another {', '.join(other)}: give the same options, or another --out")
    student.load_state_dict(state["student"])
    for optimiser, saved in zip(optimisers, state["optimisers"], strict=True):
        optimiser.load_state_dict(saved)
    for name, value in state["mean"].items():
        mean[name].copy_(value)
    return state["step"], state["minutes"]
