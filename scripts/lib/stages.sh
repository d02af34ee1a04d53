# shellcheck shell=bash
# Stages of scripts/test: each runs a command, keeps its output in a log, and adds to the one count.
# Source common.sh first.

readonly logs=$root/build/test-logs
passed=0 failed=0 skipped=0

# The first <testsuite …> of a JUnit file carries the totals, in ctest's form and in pytest's.
junit_total() {
  local value
  value=$(tr '\n' ' ' <"$1" | grep -o '<testsuite [^>]*>' | head -n 1 | grep -oE "[[:space:]]$2=\"[0-9]+\"" | tr -dc 0-9)
  echo "${value:-0}"
}

# stage NAME JUNIT|- COMMAND…
# With a JUnit file its tests are counted; otherwise the stage is one test. A command that fails without a failed test
# (a build that breaks, a runner that dies), or that runs no test at all, counts as one failed.
stage() {
  local name=$1 junit=$2 log=$logs/$1.log began status=0 good=0 bad=0 left_out=0
  shift 2
  began=$(milliseconds)
  if [ "$junit" != - ]; then rm -f "$junit"; fi
  "$@" </dev/null >"$log" 2>&1 || status=$?
  if [ "$junit" = - ]; then
    if [ "$status" = 0 ]; then good=1; else bad=1; fi
  else
    if [ -s "$junit" ]; then
      left_out=$(($(junit_total "$junit" skipped) + $(junit_total "$junit" disabled)))
      bad=$(($(junit_total "$junit" failures) + $(junit_total "$junit" errors)))
      good=$(($(junit_total "$junit" tests) - bad - left_out))
    fi
    if ((bad == 0 && (status != 0 || good == 0))); then bad=1; fi
  fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left_out))
  printf '%-11s %7s s  %d passed, %d failed' "$name" "$(as_seconds $(($(milliseconds) - began)))" "$good" "$bad"
  if ((left_out)); then printf ', %d skipped' "$left_out"; fi
  echo
  if ((bad)); then
    tail -n "${TEST_LOG_LINES:-60}" "$log" | sed 's/^/    /'
    printf '    (exit code %d; whole log: %s)\n' "$status" "${log#"$root"/}"
  fi
}

# The one closing line; fails when anything failed.
summary() {
  local line="$passed passed, $failed failed"
  if ((skipped)); then line+=", $skipped skipped"; fi
  echo "$line"
  ((failed == 0 && passed > 0))
}
