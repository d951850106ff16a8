"""Runs checks one after the other, whatever becomes of each, and ends with the line that .ci/run counts."""

import traceback
from collections.abc import Callable, Sequence


def run_checks(checks: Sequence[Callable[..., None]], *arguments: object) -> int:
    """Prints a line a check, named as its function is, then `N passed, N failed, 0 skipped`. Gives the exit code."""
    failed = 0
    for check in checks:
        name = check.__name__.replace("_", " ")
        try:
            check(*arguments)
            print(f"ok      {name}")
        except Exception:  # noqa: BLE001 - whatever went wrong is this check's failure, and the next one still runs
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{len(checks) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0
