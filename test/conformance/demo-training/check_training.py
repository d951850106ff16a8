"""The demo encoder's training and evaluation. Ends with `N passed, N failed, N skipped`."""

import sys
import tempfile
import traceback
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "triton-models" / "demo"))

import evaluation_checks  # noqa: E402
import part_checks  # noqa: E402
import training_checks  # noqa: E402


def main() -> int:
    torch.set_num_threads(1)
    passed = failed = skipped = 0
    for check in (*part_checks.CHECKS, *evaluation_checks.CHECKS, *training_checks.CHECKS):
        name = check.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(Path(folder))
                passed += 1
                print(f"ok      {name}")
            except training_checks.Skipped as reason:
                skipped += 1
                print(f"skipped {name}: {reason}")
            except Exception:  # noqa: BLE001 - whatever went wrong is this check's failure, and the next one still runs
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
