# Runs suites within budgets and adds up their results. Sourced by .ci/run; tested by test/unit/repository/ci-harness.test.ts.
#
#   suite NAME BUDGET_SECONDS COMMAND…   the command's last closing line `N passed, N failed, N skipped` counts; none is a failure
#   referee NAME BUDGET_SECONDS COMMAND… the same, and a skipped test is a failure: a referee that was not asked has said nothing
#   check NAME BUDGET_SECONDS COMMAND…   the exit code counts as one test
#   finish                               prints the table, then the total as the last line; fails when anything failed

passed=0
failed=0
skipped=0
report=()
closing_line='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'

suite() { run_within_budget suite "$@"; }
referee() { run_within_budget referee "$@"; }
check() { run_within_budget check "$@"; }

run_within_budget() {
  local kind=$1 name=$2 budget=$3
  shift 3
  local log code=0 line='' why='' p=0 f=0 s=0 started=$SECONDS
  log=$(mktemp)
  echo
  echo "=== $name: at most $budget s: $*"
  # Into a file, not a pipe: a process that a suite leaves behind would keep a pipe open and this script waiting.
  # timeout signals the whole process group, so what the command started ends with it.
  timeout --kill-after=15 "$budget" "$@" > "$log" 2>&1 < /dev/null || code=$?
  local seconds=$((SECONDS - started))
  cat "$log"
  line=$(grep -E "$closing_line" "$log" | tail -n 1 || true)
  rm -f "$log"

  if [[ $kind == check ]]; then
    if [[ $code == 0 ]]; then p=1; else f=1; fi
  elif [[ -n $line ]]; then
    read -r p _ f _ s _ <<< "$line"
  else
    f=1
    why='no closing line'
  fi
  if [[ $kind == referee && $s != 0 ]]; then
    f=$((f + s))
    s=0
    why='skipped tests'
  fi
  # An exit code that disagrees with the line is a failure too.
  if [[ $code != 0 && $f == 0 ]]; then f=1; fi
  if [[ $code == 124 || $code == 137 ]]; then
    why='over its budget'
  elif [[ $code != 0 ]]; then
    why="${why:+$why, }exit code $code"
  fi

  passed=$((passed + p))
  failed=$((failed + f))
  skipped=$((skipped + s))
  report+=("$(printf '%-28s %5d s of %4d s   %4d passed %3d failed %3d skipped   %s' \
    "$name" "$seconds" "$budget" "$p" "$f" "$s" "$why")")
}

finish() {
  echo
  printf '%s\n' "${report[@]}"
  echo "all suites: $SECONDS s"
  echo "$passed passed, $failed failed, $skipped skipped"
  [[ $failed == 0 ]]
}
