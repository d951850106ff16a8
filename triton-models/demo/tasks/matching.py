"""Matching patches by cosine, and what the geometry says of the matches. Places are (x, y) in pixels."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Matches:
    """Per patch of the first image its nearest in the second, and whether that one's nearest is it again."""

    nearest: np.ndarray
    mutual: np.ndarray


def match(first: np.ndarray, second: np.ndarray) -> Matches:
    """[P, D], [Q, D] -> [P]."""
    unit_first, unit_second = (part / (np.linalg.norm(part, axis=1, keepdims=True) + 1e-9) for part in (first, second))
    similarity = unit_first @ unit_second.T
    nearest = similarity.argmax(axis=1)
    return Matches(nearest, similarity.argmax(axis=0)[nearest] == np.arange(len(first)))


def centres(rows: int, columns: int, patch: int = 16) -> np.ndarray:
    """[rows * columns, 2]; a pixel's centre lies at its index plus a half."""
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * patch


def project(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return mapped[:, :2] / mapped[:, 2:]


def fundamental(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> np.ndarray:
    """F with x2^T F x1 = 0 for two cameras (K, R, t), x = K (R X + t): Hartley and Zisserman 2004, 9.6."""
    (k1, r1, t1), (k2, r2, t2) = first, second
    rotation = r2 @ r1.T
    x, y, z = t2 - rotation @ t1
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.linalg.inv(k2).T @ cross @ rotation @ np.linalg.inv(k1)


def epipolar_distance(matrix: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pixels from each point of the second image to the epipolar line of its partner in the first, [n]."""
    lines = np.concatenate([first, np.ones((len(first), 1))], axis=1) @ matrix.T
    along = (lines[:, :2] * second).sum(axis=1) + lines[:, 2]
    return np.abs(along) / np.linalg.norm(lines[:, :2], axis=1)


def rotation_about(centre: np.ndarray, degrees: float) -> np.ndarray:
    """3 x 3, turns pixels of an image about a point."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.block([[turn, (centre - turn @ centre)[:, None]], [np.zeros((1, 2)), np.ones((1, 1))]])
