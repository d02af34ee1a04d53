# shellcheck shell=bash
# Stages of scripts/test: each runs a command, keeps its output in a log, and adds to the total count.
# Source common.sh first.

readonly logs=${TEST_LOGS:-$root/build/test-logs}
passed=0 failed=0 skipped=0

# The first <testsuite …> of a JUnit file has the totals, in ctest's form and in pytest's.
junit_total() {
  local value
  value=$(tr '\n' ' ' <"$1" | grep -o '<testsuite [^>]*>' | head -n 1 | grep -oE "[[:space:]]$2=\"[0-9]+\"" | tr -dc 0-9)
  echo "${value:-0}"
}

# The earlier stages that a stage needs. If one of them failed, the stage is skipped and does not count as failed.
declare -A stage_needs=()
failed_stages=" " first_failure=

# cause_of LOG: prints the lines that give the reason, as tools write them; if there are none, the last lines.
cause_of() {
  local found
  found=$(without_colours "$1" | grep -E '(^| )(apt-install|E): |error: |could not be |^FAILED |^ERROR |: FAILED|The following tests FAILED' | head -n 5)
  if [ -z "$found" ]; then found=$(without_colours "$1" | tail -n 4); fi
  cut -c 1-300 <<<"$found" | sed 's/^/    /'
}
without_colours() { sed 's/\x1b\[[0-9;]*m//g' "$1"; }

# fail_stage NAME LOG: remembers the first failure for the summary.
fail_stage() {
  failed_stages+="$1 "
  if [ -z "$first_failure" ]; then first_failure=$(printf 'first failure: stage %s (%s)\n%s' "$1" "${2#"$root"/}" "$(cause_of "$2")"); fi
}

# missing_input NAME: prints the failed stage whose result this one needs; fails if there is none.
missing_input() {
  local need
  for need in images ${stage_needs[$1]:-}; do
    if [[ $failed_stages == *" $need "* ]]; then
      echo "$need"
      return
    fi
  done
  return 1
}

# skip_stage NAME REASON
skip_stage() {
  skipped=$((skipped + 1))
  printf '%-11s           skipped: %s\n' "$1" "$2"
}

# stage NAME JUNIT|- COMMAND…
# With a JUnit file (or a pattern for several) the tests in it are counted; otherwise the stage is one test. A command that
# fails without a failed test (a broken build, a crashed runner), or that runs no test at all, counts as one failed test.
# A command that sets `not_possible` and succeeds is skipped for that reason.
stage() {
  local name=$1 junit=$2 log=$logs/$1.log began status=0 good=0 bad=0 left_out=0 missing file not_possible=
  shift 2
  if missing=$(missing_input "$name"); then
    # To stages that need it, it counts as failed.
    failed_stages+="$name "
    skip_stage "$name" "the stage $missing failed"
    return
  fi
  began=$(milliseconds)
  # shellcheck disable=SC2086 # a pattern
  if [ "$junit" != - ]; then rm -f $junit; fi
  "$@" </dev/null >"$log" 2>&1 || status=$?
  if [ -n "$not_possible" ] && [ "$status" = 0 ]; then
    skip_stage "$name" "$not_possible"
    return
  fi
  if [ "$junit" = - ]; then
    if [ "$status" = 0 ]; then good=1; else bad=1; fi
  else
    # shellcheck disable=SC2086
    for file in $junit; do
      [ -s "$file" ] || continue
      left_out=$((left_out + $(junit_total "$file" skipped) + $(junit_total "$file" disabled)))
      bad=$((bad + $(junit_total "$file" failures) + $(junit_total "$file" errors)))
      good=$((good + $(junit_total "$file" tests)))
    done
    good=$((good - bad - left_out))
    if ((bad == 0 && (status != 0 || good == 0))); then bad=1; fi
  fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left_out))
  printf '%-11s %7s s  %d passed, %d failed' "$name" "$(as_seconds $(($(milliseconds) - began)))" "$good" "$bad"
  if ((left_out)); then printf ', %d skipped' "$left_out"; fi
  echo
  if ((bad)); then
    fail_stage "$name" "$log"
    without_colours "$log" | tail -n "${TEST_LOG_LINES:-60}" | sed 's/^/    /'
    printf '    (exit code %d; whole log: %s)\n' "$status" "${log#"$root"/}"
  fi
}

# Repeats the first failure where readers look first, prints the total, and fails if anything failed.
summary() {
  local line="$passed passed, $failed failed"
  if ((skipped)); then line+=", $skipped skipped"; fi
  if [ -n "$first_failure" ]; then printf '%s\n' "$first_failure"; fi
  echo "$line"
  ((failed == 0 && passed > 0))
}
