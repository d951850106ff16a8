"""Linear heads on frozen vectors."""

import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def head(strength: float) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000, tol=1e-3, class_weight="balanced"))


def fit_head(vectors: np.ndarray, labels: np.ndarray, folds: int = 3) -> Pipeline:
    """Logistic regression on standardised vectors; its strength is chosen within the given vectors by log loss."""
    splits = list(StratifiedKFold(folds, shuffle=True, random_state=0).split(vectors, labels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        losses = [np.mean([held_out_loss(vectors, labels, s, *split) for split in splits]) for s in STRENGTHS]
        return head(STRENGTHS[int(np.argmin(losses))]).fit(vectors, labels)


def held_out_loss(vectors: np.ndarray, labels: np.ndarray, strength: float, train: np.ndarray, test: np.ndarray) -> float:
    fitted = head(strength).fit(vectors[train], labels[train])
    columns = np.searchsorted(fitted.classes_, labels[test])
    return float(-np.log(fitted.predict_proba(vectors[test])[np.arange(len(test)), columns] + 1e-12).mean())


def fit_cells(tokens: np.ndarray, labels: np.ndarray, classes: int) -> "CellHead":
    """A linear layer from a patch token [T, D] to the classes of its cells [T, C], by L-BFGS on the cross-entropy.

    `labels` are 0 .. classes - 1. Standardised inputs; weight decay 1e-4 of the mean loss.
    """
    mean, deviation = tokens.mean(axis=0), tokens.std(axis=0) + 1e-6
    inputs = torch.from_numpy((tokens - mean) / deviation).float()
    truth = torch.from_numpy(labels).long()
    layer = torch.nn.Linear(tokens.shape[1], labels.shape[1] * classes)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logits = layer(inputs).unflatten(-1, (-1, classes))
        value = torch.nn.functional.cross_entropy(logits.flatten(0, 1), truth.flatten())
        value = value + 1e-4 * layer.weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return CellHead(layer, mean, deviation, classes)


class CellHead:
    """Predicts a map of classes from the tokens of one image."""

    def __init__(self, layer: torch.nn.Linear, mean: np.ndarray, deviation: np.ndarray, classes: int) -> None:
        self.layer, self.mean, self.deviation, self.classes = layer, mean, deviation, classes

    def __call__(self, tokens: np.ndarray, rows: int, columns: int, height: int, width: int) -> np.ndarray:
        """[rows * columns, D] -> INT [height, width]: logits of the cells, enlarged (bilinear), the largest."""
        with torch.inference_mode():
            logits = self.layer(torch.from_numpy((tokens - self.mean) / self.deviation).float())
            cells = round((logits.shape[1] / self.classes) ** 0.5)
            grid = logits.view(rows, columns, cells, cells, self.classes).permute(4, 0, 2, 1, 3)
            maps = grid.reshape(1, self.classes, rows * cells, columns * cells)
            large = torch.nn.functional.interpolate(maps, size=(height, width), mode="bilinear")
        return large[0].argmax(dim=0).numpy()


def cell_labels(mask: np.ndarray, rows: int, columns: int, cells: int = 4) -> np.ndarray:
    """Class map [H, W] -> [rows * columns, cells * cells], the label at each cell's centre."""
    height, width = mask.shape
    y = ((np.arange(rows * cells) + 0.5) / (rows * cells) * height).astype(int)
    x = ((np.arange(columns * cells) + 0.5) / (columns * cells) * width).astype(int)
    grid = mask[np.ix_(y, x)].reshape(rows, cells, columns, cells)
    return grid.transpose(0, 2, 1, 3).reshape(rows * columns, cells * cells).astype(np.int64)
