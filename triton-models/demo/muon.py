"""Muon: momentum whose matrices are made orthogonal before they are applied (Keller Jordan 2024, "Muon")."""

from collections.abc import Iterable

import torch
from torch import Tensor

# Coefficients of the quintic Newton-Schulz iteration, by the same source: they bring singular values near 1 in five steps.
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """[N, r, c] -> nearly orthogonal matrices of the same shape, computed in BF16."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.transpose(1, 2) if tall else matrices).bfloat16()
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = A * x + (B * gram + C * gram @ gram) @ x
    return (x.transpose(1, 2) if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """For hidden matrices only. The update's root mean square is 0.2, near that of Adam, so learning rates compare."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for parameter in group["params"]:
                by_shape.setdefault(parameter.shape, []).append(parameter)
            for parameters in by_shape.values():
                self.update(parameters, group)

    def update(self, parameters: list[Tensor], group: dict) -> None:
        """All matrices of one shape at once: small products are slow one by one."""
        pushes = []
        for parameter in parameters:
            state = self.state[parameter]
            velocity = state.setdefault("velocity", torch.zeros_like(parameter))
            velocity.lerp_(parameter.grad, 1 - group["momentum"])
            pushes.append(torch.lerp(parameter.grad, velocity, group["momentum"]))
        scale = 0.2 * max(parameters[0].shape) ** 0.5
        for parameter, update in zip(parameters, orthogonalise(torch.stack(pushes)), strict=True):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            parameter.add_(update, alpha=-group["lr"] * scale)
