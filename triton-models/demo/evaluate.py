"""Measures an encoder on every task of the model card: `python evaluate.py --data DATA --weights DIR --out FILE.json`.

Also the baselines (gradient histograms, raw pixels, the network untrained), with `--baselines`. FILE has per extractor and
measure the value, the 95 % interval and the bootstrap replicates; what is there already is kept, so tasks can be asked for
one by one (`--tasks chest ct`).
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402

from tasks.classification import chest, skin, ultrasound, ultrasound_seen  # noqa: E402
from tasks.correspondence import ct, dinosaur, mr, scenes  # noqa: E402
from tasks.extractors import BASELINES, Extractor, trained  # noqa: E402
from tasks.metrics import Measure, interval  # noqa: E402
from tasks.segmentation import hippocampus, nuclei, nuclei_seen  # noqa: E402
from tasks.unseen import assert_unseen  # noqa: E402

TASKS: dict[str, Callable[[Path, Extractor], list[Measure]]] = {
    "ct": ct,
    "mr": mr,
    "skin": skin,
    "ultrasound": ultrasound,
    "nuclei": nuclei,
    "scenes": scenes,
    "dinosaur": dinosaur,
    "hippocampus": hippocampus,
    "chest": chest,
    "ultrasound_seen": ultrasound_seen,
    "nuclei_seen": nuclei_seen,
}


def entry(measure: Measure) -> dict:
    return {
        "value": round(measure.value, 4),
        "interval95": [round(edge, 4) for edge in interval(measure)],
        "units": measure.units,
        "count": measure.count,
        "replicates": [round(float(value), 4) for value in measure.replicates],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, action="append", default=[], help="NAME=DIR or DIR; may be given several times")
    parser.add_argument("--baselines", nargs="*", choices=list(BASELINES), help="all of them when none is named")
    parser.add_argument("--tasks", nargs="+", choices=sorted(TASKS), default=list(TASKS))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    try:
        print(f"{assert_unseen(args.data)} files to evaluate on, none of them trained on", flush=True)
    except (FileNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    results = json.loads(args.out.read_text()) if args.out.exists() else {}
    for name, extractor, digest in chosen(args.weights, args.baselines):
        kept = results.get(name, {})
        if "measures" not in kept or kept["weightsDigest"] != digest:
            kept = {"weightsDigest": digest, "measures": {}}
        for task in args.tasks:
            began = time.monotonic()
            measures = TASKS[task](args.data, extractor)
            kept["measures"] |= {measure.task: entry(measure) for measure in measures}
            shown = ", ".join(f"{measure.task} {measure.value:.3f}" for measure in measures)
            print(f"{name}: {shown} ({time.monotonic() - began:.0f} s)", flush=True)
            results[name] = kept
            args.out.write_text(json.dumps(results) + "\n")
    return 0


def chosen(weights: list[Path], names: list[str] | None) -> list[tuple[str, Extractor, str | None]]:
    named = [(str(item).partition("=")[0], Path(str(item).rpartition("=")[2])) for item in weights]
    found = [
        (name, trained(name, folder), hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest())
        for name, folder in named
    ]
    wanted = [] if names is None else names or list(BASELINES)
    extractors = [BASELINES[name]() for name in wanted]
    return found + [(extractor.name, extractor, None) for extractor in extractors]


if __name__ == "__main__":
    sys.exit(main())
