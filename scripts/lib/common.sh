# shellcheck shell=bash
# What every script here shares: where the tree is, where state and logs go, how to speak and how to give up.

# shellcheck disable=SC2034 # for those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state=${XDG_STATE_HOME:-/var/tmp}/pg-entrypoint
[ -n "${XDG_STATE_HOME:-}" ] || state=$state-$(id -u)
readonly root state

# Progress goes to stderr, so that stdout stays the script's result.
say() { printf '%s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Say why and fail: for functions whose caller decides what follows.
cannot() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  return 1
}

# A directory of ours only: the default lies below a world-writable one.
make_state() {
  mkdir -p "$state"
  chmod 700 "$state" 2>/dev/null || true
  [ -O "$state" ] || die "$state belongs to somebody else; set XDG_STATE_HOME"
}

# EXIT runs these last to first, so that what was begun last ends first.
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
