"""Writes a Hugging Face DINOv3ViT folder of the true S architecture with random weights: `python make_weights.py FOLDER`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "export"))

from random_weights import S, write_random_weights  # noqa: E402

folder = write_random_weights(Path(sys.argv[1]), S, seed=4)
(folder / "LICENSE.md").write_text("The terms of the random weights of a test: do as you like.\n")
