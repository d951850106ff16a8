"""What the training must hold: it repeats itself, resumes exactly, opens only what it may, and its weights are DINOv3's."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from safetensors.torch import load_file
from synthetic_data import forbidden, write_data
from transformers import DINOv3ViTModel

import checkpoint
import listing
import loop
from batches import Batch, draw_batch
from encoder import Encoder, Shape, normalise, shape_of
from listing import list_training, listing_digest, read_allowed
from loop import Settings, by_domain, make_student, train
from pictures import load_pictures
from schedule import Budget
from targets import patch_colours
from train import export

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("TESSERA_TEST_DATA_DIR", ROOT.parent / "shared" / "data"))
TINY = Shape(width=32, depth=2, heads=2, hidden=64, registers=2)
OPENED: list[str] = []
sys.addaudithook(lambda event, args: OPENED.append(str(args[0])) if event == "open" else None)


class Skipped(Exception):
    """The data that a check is about is not there."""


def tiny(seed: int = 1, steps: int = 4) -> Settings:
    return Settings(seed, Budget(steps, None), 4, TINY, "cpu", bf16=False, save_minutes=60)


def run(folder: Path, data: Path, settings: Settings, stop_after: int | None = None) -> dict[str, torch.Tensor] | None:
    listed = list_training(data)
    pictures = load_pictures(data, listed, samples=False)
    return train(pictures, listing_digest(listed), settings, folder, lambda _line: None, stop_after)


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def the_same_seed_gives_the_same_weights_and_another_seed_others(folder: Path) -> None:
    data = write_data(folder / "data")
    first, again, other = (run(folder / name, data, tiny(seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert equal(first, again) and not equal(first, other)
    fresh = make_student(by_domain(load_pictures(data, list_training(data), samples=False)), tiny()).encoder.state_dict()
    assert not equal(first, fresh), "nothing was learnt"


def a_run_that_was_stopped_twice_ends_with_the_weights_of_one_that_was_not(folder: Path) -> None:
    data = write_data(folder / "data")
    whole = run(folder / "whole", data, tiny(steps=5))
    assert run(folder / "parts", data, tiny(steps=5), stop_after=1) is None
    assert run(folder / "parts", data, tiny(steps=5), stop_after=2) is None
    drawn: list[int] = []

    def recording(pictures: dict, seed: int, step: int, *rest: float) -> Batch:
        drawn.append(step)
        return draw_batch(pictures, seed, step, *rest)

    with patch.object(loop, "draw_batch", recording):
        assert equal(whole, run(folder / "parts", data, tiny(steps=5)))
    assert [step for step in drawn if step < 5] == [3, 4], "goes on with the next step's batch"
    states = [torch.load(folder / name / checkpoint.FILE, weights_only=True) for name in ("whole", "parts")]
    assert equal(*(state["student"] for state in states))
    # Asked again, a finished run does nothing and gives the same.
    assert equal(whole, run(folder / "parts", data, tiny(steps=5)))


def a_checkpoint_of_another_run_is_not_resumed(folder: Path) -> None:
    data = write_data(folder / "data")
    run(folder / "run", data, tiny(), stop_after=1)
    for settings, named in ((tiny(seed=9), "seed"), (Settings(**vars(tiny()) | {"images": 6}), "images")):
        try:
            run(folder / "run", data, settings)
        except ValueError as error:
            assert named in str(error), error
        else:
            raise AssertionError(f"resumed with another {named}")
    next((data / "open/busi_256/benign").glob("*90*")).unlink()
    try:
        run(folder / "run", data, tiny())
    except ValueError as error:
        assert "listing" in str(error), error
    else:
        raise AssertionError("resumed with other files")


def training_opens_no_file_that_it_may_not(folder: Path) -> None:
    data = write_data(folder / "data")
    OPENED.clear()
    run(folder / "run", data, tiny(steps=1))
    opened = {Path(path).relative_to(data).as_posix() for path in OPENED if path.startswith(f"{data}/")}
    assert len(opened) >= 20, "the audit hook saw the reading"
    assert not [path for path in opened if forbidden(path)], opened
    present = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    assert len([path for path in present if forbidden(path)]) >= 8, "there was something to leave alone"


def the_listing_is_sorted_whole_and_the_same_every_time(folder: Path) -> None:
    data = write_data(folder / "data")
    listed = list_training(data)
    assert all(paths == sorted(paths) and paths for paths in listed.values()), listed
    assert listing_digest(listed) == listing_digest(list_training(data))
    pictures = load_pictures(data, listed, samples=False)
    domains = {picture.domain for picture in pictures}
    assert domains == {"chest", "ultrasound", "blood", "nuclei", "ct", "mr", "other"}, domains


def the_real_listing_has_nothing_forbidden(_folder: Path) -> None:
    if not SHARED.is_dir():
        raise Skipped("no data folder")
    paths = [path for found in list_training(SHARED).values() for path in found]
    assert len(paths) > 700 and not [path for path in paths if forbidden(path)]
    absent = [path for entry in listing.SPLITS["neverSeen"].values() for path in entry if not (SHARED / path).is_file()]
    assert not absent, absent


def a_never_seen_file_is_refused_under_another_name_too(folder: Path) -> None:
    (folder / "renamed.png").write_bytes(b"kept away")
    digest = hashlib.sha256(b"kept away").hexdigest()
    with patch.object(listing, "SPLITS", {"neverSeen": {"some": {"original.png": digest}}}):
        try:
            read_allowed(folder, "renamed.png")
        except PermissionError as error:
            assert "by its content" in str(error)
        else:
            raise AssertionError("read")


def the_exported_weights_are_transformers_own(folder: Path) -> None:
    torch.manual_seed(0)
    encoder = Encoder(TINY).eval()
    export(encoder.state_dict(), TINY, folder)
    compare_with_transformers(folder)


def the_committed_weights_give_the_same_tokens_here_and_in_transformers(_folder: Path) -> None:
    compare_with_transformers(ROOT / "triton-models/demo/weights")


def compare_with_transformers(folder: Path) -> None:
    reference, loading = DINOv3ViTModel.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
    )
    assert not loading["missing_keys"] and not loading["unexpected_keys"], loading
    config = json.loads((folder / "config.json").read_text())
    encoder = Encoder(shape_of(config)).eval()
    encoder.load_state_dict({name: value.float() for name, value in load_file(folder / "model.safetensors").items()})
    pixels = normalise(torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1)))
    with torch.no_grad():
        cls, patches = encoder(pixels)
        tokens = reference.eval()(pixel_values=pixels).last_hidden_state
    expected = tokens[:, 1 + config["num_register_tokens"] :]
    assert torch.allclose(cls, tokens[:, 0], atol=1e-4) and torch.allclose(patches, expected, atol=1e-4)


def corresponding_patches_show_the_same(folder: Path) -> None:
    """In every pair of views: with the wrong direction or axis, colours would differ as between any two patches."""
    data = write_data(folder / "data")
    pictures = by_domain(load_pictures(data, list_training(data), samples=False))
    right, shuffled = [], []
    for step in range(4):
        batch = draw_batch(pictures, 5, step, 0.9, 36)
        colours, half = patch_colours(batch.clean), len(batch.clean) // 2
        others = torch.cat([colours[half:], colours[:half]])
        for target, found in ((others, right), (others.roll(1, dims=1), shuffled)):
            found.append((batch.weights @ target - colours).abs().mean(dim=-1)[batch.valid].mean().item())
    assert np.mean(right) < 0.5 * np.mean(shuffled), (right, shuffled)


def the_command_trains_and_exports_and_says_what_is_wrong(folder: Path) -> None:
    data = write_data(folder / "data")
    command = [sys.executable, ROOT / "triton-models/demo/train.py", "--out", folder / "out", "--images", "4", "--no-samples"]
    good = subprocess.run([*command, "--data", data, "--steps", "2"], capture_output=True, text=True)
    assert good.returncode == 0 and "finished: 2 steps" in good.stdout, good.stderr
    assert (folder / "out/weights/model.safetensors").is_file()
    for options, said in (
        (["--data", data], "a budget is needed"),
        (["--data", data, "--steps", "0"], "must be positive"),
        (["--data", folder, "--steps", "2"], "no training files"),
        (["--data", data, "--steps", "2", "--seed", "8"], "another seed"),
        *([] if torch.cuda.is_available() else [(["--data", data, "--steps", "2", "--device", "cuda"], "--device cpu")]),
    ):
        bad = subprocess.run([*command, *options], capture_output=True, text=True)
        assert bad.returncode == 2 and said in bad.stderr, (options, bad.returncode, bad.stderr[-500:])


CHECKS = (
    the_same_seed_gives_the_same_weights_and_another_seed_others,
    a_run_that_was_stopped_twice_ends_with_the_weights_of_one_that_was_not,
    a_checkpoint_of_another_run_is_not_resumed,
    training_opens_no_file_that_it_may_not,
    the_listing_is_sorted_whole_and_the_same_every_time,
    the_real_listing_has_nothing_forbidden,
    a_never_seen_file_is_refused_under_another_name_too,
    the_exported_weights_are_transformers_own,
    the_committed_weights_give_the_same_tokens_here_and_in_transformers,
    corresponding_patches_show_the_same,
    the_command_trains_and_exports_and_says_what_is_wrong,
)
