"""The training loop: draws, learns, averages, saves. Stopping and starting again changes nothing."""

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from batches import draw_batch
from checkpoint import load_checkpoint, save_checkpoint
from encoder import Encoder, Shape, normalise
from muon import Muon
from pictures import DOMAINS, Picture
from schedule import Budget, rate
from start import mimic_trained_attention, whiten_patches
from student import LossWeights, Student, total

AVERAGE = 0.995


@dataclass(frozen=True)
class Settings:
    """What a run is; `identity` is what must not change when it is resumed. The budget may: a run can be made longer."""

    seed: int
    budget: Budget
    images: int
    shape: Shape
    device: str
    bf16: bool
    save_minutes: float

    def identity(self, listing: str) -> dict:
        return {
            "seed": self.seed,
            "images": self.images,
            "shape": vars(self.shape),
            "bf16": self.bf16,
            "listing": listing,
        }


def seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def by_domain(pictures: list[Picture]) -> dict[str, list[Picture]]:
    return {domain: [picture for picture in pictures if picture.domain == domain] for domain in DOMAINS}


def make_student(pictures: dict[str, list[Picture]], settings: Settings) -> Student:
    """From the seed alone; the patches of the first embedding come from views of no step's batch."""
    seed_everything(settings.seed)
    student = Student(settings.shape)
    views = [draw_batch(pictures, settings.seed, 2**31 + index, 0.0, 24).clean for index in range(6)]
    whiten_patches(student.encoder, [normalise(batch) for batch in views])
    mimic_trained_attention(student.encoder, torch.Generator().manual_seed(settings.seed))
    return student


def make_optimisers(student: Student) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for everything else; no decay for vectors."""
    matrices = [p for name, p in student.encoder.layer.named_parameters() if p.ndim == 2]
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in student.parameters() if id(parameter) not in chosen]
    groups = [
        {"params": [p for p in others if p.ndim >= 2], "weight_decay": 0.05},
        {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0},
    ]
    return [Muon(matrices, lr=2e-3, weight_decay=0.05), torch.optim.AdamW(groups, lr=1.2e-3, betas=(0.9, 0.98))]


def average(mean: dict[str, Tensor], encoder: Encoder, steps: int) -> None:
    """Moves the mean of the weights; its memory grows from the start, so that the first weights do not linger."""
    keep = min(AVERAGE, (1 + steps) / (10 + steps))
    for name, value in encoder.state_dict().items():
        mean[name].lerp_(value, 1 - keep)


def train(
    pictures: list[Picture],
    listing: str,
    settings: Settings,
    folder: Path,
    report: Callable[[str], None] = print,
    stop_after: int | None = None,
) -> dict[str, Tensor] | None:
    """The averaged weights of the encoder, or None where `stop_after` steps of this call ended it before the budget.

    `folder` takes the checkpoint; one that is there is resumed. Raises ValueError when it is of another run.
    """
    device = torch.device(settings.device)
    grouped = by_domain(pictures)
    student = make_student(grouped, settings).to(device)
    optimisers = make_optimisers(student)
    base_rates = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
    mean = {name: value.clone() for name, value in student.encoder.state_dict().items()}
    step, spent = load_checkpoint(folder, settings.identity(listing), student, optimisers, mean)
    began, saved, done = time.monotonic(), time.monotonic(), 0
    sums: dict[str, float] = {}
    while settings.budget.progress(step, minutes := spent + (time.monotonic() - began) / 60) < 1:
        if done == stop_after:
            save_checkpoint(folder, settings.identity(listing), student, optimisers, mean, step, minutes)
            return None
        progress = settings.budget.progress(step, minutes)
        losses = learn(student, optimisers, base_rates, grouped, settings, step, progress)
        average(mean, student.encoder, step)
        sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
        step, done = step + 1, done + 1
        if step % 50 == 0:
            shown = " ".join(f"{name} {value / min(done, 50):.3f}" for name, value in sums.items())
            report(f"step {step} minutes {minutes:.1f} progress {progress:.3f} {shown}")
            sums = {}
        if time.monotonic() - saved > 60 * settings.save_minutes:
            saved = time.monotonic()
            save_checkpoint(folder, settings.identity(listing), student, optimisers, mean, step, spent + (saved - began) / 60)
    minutes = spent + (time.monotonic() - began) / 60
    save_checkpoint(folder, settings.identity(listing), student, optimisers, mean, step, minutes)
    report(f"finished: {step} steps, {minutes:.1f} minutes")
    return mean


def learn(
    student: Student,
    optimisers: list[torch.optim.Optimizer],
    base_rates: list[list[float]],
    pictures: dict[str, list[Picture]],
    settings: Settings,
    step: int,
    progress: float,
) -> dict[str, float]:
    """One step; the losses by name. Raises FloatingPointError when the sum is not finite."""
    batch = draw_batch(pictures, settings.seed, step, progress, settings.images).to(torch.device(settings.device))
    for optimiser, rates in zip(optimisers, base_rates, strict=True):
        for group, base in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = base * rate(progress)
        optimiser.zero_grad(set_to_none=True)
    with torch.autocast(settings.device, dtype=torch.bfloat16) if settings.bf16 else nullcontext():
        losses = student(batch)
    loss = total(losses, LossWeights())
    if not bool(torch.isfinite(loss)):
        raise FloatingPointError(
            f"the loss of step {step} is not finite: { {n: float(v.detach()) for n, v in losses.items()} }"
        )
    loss.backward()
    torch.nn.utils.clip_grad_norm_(student.parameters(), 3.0)
    for optimiser in optimisers:
        optimiser.step()
    return {name: float(value.detach()) for name, value in losses.items()}
