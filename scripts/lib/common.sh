# shellcheck shell=bash
# What all scripts share: where the tree is, where state and logs go, how to print messages and how to fail.

# shellcheck disable=SC2034 # used by scripts that source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state=${XDG_STATE_HOME:-/var/tmp}/pg-entrypoint
[ -n "${XDG_STATE_HOME:-}" ] || state=$state-$(id -u)
readonly root state

# Progress goes to stderr, so that stdout has only the script's result.
say() { printf '%s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Prints the reason and fails; for functions whose caller decides what follows.
cannot() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  return 1
}

# The directory must belong to this user, because the default is below a world-writable one.
make_state() {
  mkdir -p "$state"
  chmod 700 "$state" 2>/dev/null || true
  [ -O "$state" ] || die "$state belongs to another user; set XDG_STATE_HOME"
}

# At EXIT these run in reverse order, so that what was started last ends first.
declare -a exit_actions=()
at_exit() { exit_actions+=("$1"); }
run_exit_actions() {
  local i
  for ((i = ${#exit_actions[@]} - 1; i >= 0; i--)); do
    "${exit_actions[i]}" || true
  done
}
trap run_exit_actions EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# as_seconds 1234 -> 1.2
as_seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }
