"""Trains the demo encoder: `python train.py --data DATA --out DIR --minutes 60`. The same command resumes a stopped run.

DATA has the layout that README.md names. DIR takes `checkpoint.pt`, `train.log` and, in the end, `weights/` with
`model.safetensors`, `config.json` and `preprocessor_config.json`, which transformers and `triton-models/export` read.
"""

import argparse
import json
import os
import sys
from pathlib import Path

# Before torch: two threads beside another busy process can be many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from torch import Tensor  # noqa: E402

from encoder import MEAN, STD, Shape, hub_config  # noqa: E402
from listing import list_training, listing_digest  # noqa: E402
from loop import Settings, train  # noqa: E402
from pictures import load_pictures  # noqa: E402
from schedule import Budget  # noqa: E402


def pick_device(wanted: str) -> str:
    """`auto` is CUDA where there is one; raises ValueError for a `cuda` that is not there."""
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise ValueError("--device cuda, but torch sees no CUDA device: use --device cpu or auto")
    return "cuda" if wanted != "cpu" and available else "cpu"


def has_bf16(device: str) -> bool:
    """Whether BF16 matrix products are native; emulated ones would be slower than FP32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = Path("/proc/cpuinfo")
    return flags.exists() and any(name in flags.read_text() for name in ("avx512_bf16", "amx_bf16"))


def export(weights: dict[str, Tensor], shape: Shape, folder: Path) -> None:
    """FP16 safetensors with transformers' names, and the two configuration files."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.detach().cpu().half().contiguous() for name, value in weights.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(hub_config(shape), indent=1) + "\n")
    preprocessor = {
        "image_processor_type": "DINOv3ViTImageProcessorFast",
        "do_resize": True,
        "size": {"height": 224, "width": 224},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(MEAN),
        "image_std": list(STD),
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=1) + "\n")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with open/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, help="budget in minutes, over all resumed runs")
    parser.add_argument("--steps", type=int, help="budget in steps; with both, what is spent first ends the run")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--images", type=int, default=36, help="pictures a step at 112 px")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=3.0)
    parser.add_argument(
        "--samples", action=argparse.BooleanOptionalAction, default=True, help="scikit-image's free photographs"
    )
    args = parser.parse_args(arguments)
    if args.minutes is None and args.steps is None:
        parser.error("a budget is needed: --minutes, --steps or both")
    if min(value for value in (args.minutes, args.steps, args.images, args.threads) if value is not None) <= 0:
        parser.error("--minutes, --steps, --images and --threads must be positive")
    return args


def main() -> int:
    args = parse()
    torch.set_num_threads(args.threads)
    try:
        device = pick_device(args.device)
        listed = list_training(args.data)
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    bf16 = has_bf16(device) if args.precision == "auto" else args.precision == "bf16"
    settings = Settings(args.seed, Budget(args.steps, args.minutes), args.images, Shape(), device, bf16, args.save_minutes)
    pictures = load_pictures(args.data, listed, args.samples)
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "train.log").open("a") as log:

        def report(line: str) -> None:
            print(line, flush=True)
            print(line, file=log, flush=True)

        report(f"{len(pictures)} pictures, {device}, {'bf16' if bf16 else 'fp32'}, seed {args.seed}")
        try:
            weights = train(pictures, f"{listing_digest(listed)} samples={args.samples}", settings, args.out, report)
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    if weights is not None:
        export(weights, settings.shape, args.out / "weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
