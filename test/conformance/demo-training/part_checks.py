"""The parts of training, each against what it is defined as."""

import math
from pathlib import Path

import numpy as np
import torch

from batches import counts
from encoder import Encoder, Shape
from losses import dense_info_nce, labelled_entropy, masked_regression, nt_xent, pull_flat
from muon import Muon, orthogonalise
from schedule import Budget, rate
from start import whiten_patches
from targets import gradient_histograms, patch_deviation
from views import correspondences, similarity


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def the_budget_is_spent_by_what_runs_out_first(_folder: Path) -> None:
    assert Budget(10, None).progress(5, 1e9) == 0.5
    assert Budget(None, 2.0).progress(10**9, 1.0) == 0.5
    assert Budget(10, 2.0).progress(5, 1.5) == 0.75
    assert Budget(10, 2.0).progress(50, 0) == 1.0
    assert 0 < rate(0) < rate(0.01) < rate(0.02) == 1.0 and math.isclose(rate(1), 0.01) and rate(0.5) > rate(0.6)


def the_dense_loss_is_the_mean_cross_entropy_of_the_true_places(_folder: Path) -> None:
    first, second = normal(1, 4, 8), normal(1, 4, 8, seed=1)
    weights, valid = torch.eye(4)[None, [2, 0, 1, 3]], torch.tensor([[True, True, False, True]])
    unit_first, unit_second = (part[0] / part[0].norm(dim=1, keepdim=True) for part in (first, second))
    logits = unit_first @ unit_second.T / 0.1
    truth = [-math.log(math.exp(logits[i, j]) / sum(math.exp(v) for v in logits[i])) for i, j in ((0, 2), (1, 0), (3, 3))]
    assert math.isclose(float(dense_info_nce(first, second, weights, valid)), sum(truth) / 3, rel_tol=1e-5)


def the_image_loss_seeks_the_partner_among_all_others(_folder: Path) -> None:
    first, second = normal(3, 6), normal(3, 6, seed=1)
    everyone = torch.nn.functional.normalize(torch.cat([first, second]), dim=1)
    losses = []
    for index in range(6):
        similarities = {other: math.exp(float(everyone[index] @ everyone[other]) / 0.2) for other in range(6) if other != index}
        losses.append(-math.log(similarities[(index + 3) % 6] / sum(similarities.values())))
    assert math.isclose(float(nt_xent(first, second)), float(np.mean(losses)), rel_tol=1e-5)


def flat_patches_are_pulled_together_only_when_their_colours_are_alike(_folder: Path) -> None:
    tokens = torch.eye(3)[None]
    colours = torch.tensor([[[0.1] * 3, [0.1] * 3, [0.9] * 3]])
    # Of the 3 x 3 pairs, the like ones are each with itself (loss 0) and the two of the first two (loss 1).
    assert math.isclose(float(pull_flat(tokens, torch.ones(1, 3, dtype=torch.bool), colours)), 2 / 5, rel_tol=1e-6)
    assert float(pull_flat(tokens, torch.zeros(1, 3, dtype=torch.bool), colours)) == 0


def unlabelled_and_unmasked_places_cost_nothing(_folder: Path) -> None:
    logits = normal(4, 3).requires_grad_()
    labelled_entropy(logits, torch.tensor([-1, 1, -1, -1])).backward()
    assert logits.grad is not None and bool((logits.grad[[0, 2, 3]] == 0).all()) and bool((logits.grad[1] != 0).all())
    assert float(labelled_entropy(normal(2, 3), torch.tensor([-1, -1]))) == 0
    errors = torch.tensor([[[1.0, 1.0], [5.0, 5.0]]])
    assert float(masked_regression(errors, torch.zeros(1, 2, 2), torch.tensor([[True, False]]))) == 2


def muon_makes_updates_orthogonal(_folder: Path) -> None:
    for shape in ((2, 12, 24), (1, 16, 64), (1, 64, 16)):
        values = torch.linalg.svdvals(orthogonalise(normal(*shape)))
        # The iteration's own spread, Jordan 2024: singular values end between about 0.7 and 1.2.
        assert float(values.min()) > 0.5 and float(values.max()) < 1.35, values
    matrix = torch.nn.Parameter(torch.eye(8))
    optimiser = Muon([matrix], lr=0.1, weight_decay=0.5)
    matrix.grad = normal(8, 8)
    before = matrix.detach().clone()
    optimiser.step()
    moved = before * (1 - 0.1 * 0.5) - matrix.detach()
    assert float((moved * matrix.grad).sum()) > 0, "downhill"
    assert math.isclose(float(moved.square().mean().sqrt()), 0.1 * 0.2, rel_tol=0.2)


def the_first_embedding_whitens_the_patches(_folder: Path) -> None:
    encoder = Encoder(Shape(width=16, depth=1, heads=1, hidden=16, registers=1))
    images = torch.nn.functional.interpolate(normal(64, 3, 16, 16), size=(64, 64), mode="bicubic")
    whiten_patches(encoder, [images])
    with torch.no_grad():
        outputs = encoder.embeddings.patch_embeddings(images).flatten(2).transpose(1, 2).flatten(0, 1)
    assert torch.allclose(outputs.mean(dim=0), torch.zeros(16), atol=1e-3)
    covariance = outputs.T @ outputs / len(outputs)
    assert torch.allclose(covariance, torch.eye(16), atol=0.02), covariance.diag()


def a_shift_of_two_patches_moves_correspondences_by_two(_folder: Path) -> None:
    # 8 patches a side: 2 of them are 0.5 in view coordinates.
    weights, valid = correspondences(similarity(0.0, 1.0, np.array([0.5, 0.0])), 8)
    assert valid.view(8, 8)[:, :6].all() and not valid.view(8, 8)[:, 6:].any()
    assert int(weights[8 * 3 + 1].argmax()) == 8 * 3 + 3 and float(weights[8 * 3 + 1].max()) == 1
    half, _ = correspondences(similarity(0.0, 1.0, np.array([0.125, 0.0])), 8)
    assert np.allclose(half[0, :2], [0.5, 0.5]) and np.allclose(half.sum(dim=1), 1)


def histograms_tell_directions_and_deviations_tell_flatness(_folder: Path) -> None:
    ramp = torch.linspace(0, 1, 32).expand(1, 3, 32, 32)
    across, down = gradient_histograms(ramp)[0], gradient_histograms(ramp.transpose(2, 3))[0]
    assert float((across * down).sum(dim=1).max()) < 0.01, "right angles share no bin"
    assert float((across * gradient_histograms(1 - ramp)[0]).sum(dim=1).min()) > 0.5, "no sign"
    assert float(patch_deviation(torch.full((1, 3, 32, 32), 0.7)).max()) < 5e-3 < float(patch_deviation(ramp).min())


def shares_add_up_to_the_batch(_folder: Path) -> None:
    assert counts(36) == [6, 6, 5, 6, 5, 4, 4]
    assert all(sum(counts(number)) == number for number in range(1, 60))


CHECKS = (
    the_budget_is_spent_by_what_runs_out_first,
    the_dense_loss_is_the_mean_cross_entropy_of_the_true_places,
    the_image_loss_seeks_the_partner_among_all_others,
    flat_patches_are_pulled_together_only_when_their_colours_are_alike,
    unlabelled_and_unmasked_places_cost_nothing,
    muon_makes_updates_orthogonal,
    the_first_embedding_whitens_the_patches,
    a_shift_of_two_patches_moves_correspondences_by_two,
    histograms_tell_directions_and_deviations_tell_flatness,
    shares_add_up_to_the_batch,
)
