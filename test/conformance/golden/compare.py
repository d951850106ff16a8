"""Compares folders of golden files with the same folders made again: JSON by value, everything else byte for byte.

    python compare.py COMMITTED MADE_AGAIN [--skip FILE]…

A skipped file could not be made again here, because what it is made from is absent.

Floats may differ by 1e-9 relative: another processor sums in another order. Prints one line per differing file and, last,
`N passed, N failed, N skipped` with one test per file.
"""

import argparse
import json
import math
import sys
from pathlib import Path


def is_equal(a: object, b: object) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(is_equal(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(is_equal, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return type(a) is type(b) and a == b


def is_same_file(a: Path, b: Path) -> bool:
    if not (a.is_file() and b.is_file()):
        return False
    if a.suffix == ".json":
        return is_equal(json.loads(a.read_text()), json.loads(b.read_text()))
    return a.read_bytes() == b.read_bytes()


def files_below(folder: Path) -> set[Path]:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in files if "__pycache__" not in path.parts}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("committed", type=Path)
    parser.add_argument("again", type=Path)
    parser.add_argument("--skip", type=Path, action="append", default=[])
    options = parser.parse_args()
    names = sorted((files_below(options.committed) | files_below(options.again)) - set(options.skip))
    differing = [name for name in names if not is_same_file(options.committed / name, options.again / name)]
    for name in differing:
        print(f"differs: {name}")
    print(f"{len(names) - len(differing)} passed, {len(differing)} failed, {len(options.skip)} skipped")
    return 1 if differing or not names else 0


if __name__ == "__main__":
    sys.exit(main())
