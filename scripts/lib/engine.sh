# shellcheck shell=bash
# A container engine for the scripts: the one that is running, or else one that is installed and started here and
# stopped again by the last script that uses it. Source common.sh first.

# Debian 13 has the client in its own package; elsewhere it is part of docker.io.
readonly engine_packages="docker.io iptables ca-certificates"

engine_answers() { timeout 10 docker info >/dev/null 2>&1; }

engine_packages_missing() { ! command -v docker >/dev/null || ! command -v dockerd >/dev/null; }

# install_packages NAME…: asks no questions. The caller has checked that this runs as root and that apt exists.
install_packages() {
  local log=$state/apt.log
  say "installing: $*"
  if ! "$root/scripts/lib/apt-install" "$@" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    cannot "$* could not be installed (log: $log)"
  fi
}

# True if it is gone, or only a zombie that nobody reaps (process 1 of a container is often a shell).
process_ended() {
  local stat
  stat=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 0
  [ "${stat%% *}" = Z ]
}

# dockerd refuses to start while its old pid file names an existing process, even if that is a zombie or another process
# that got the same number.
clear_stale_pid() {
  local file=$1 name=$2 pid
  pid=$(cat "$file" 2>/dev/null) || return 0
  for _ in {1..60}; do
    if process_ended "$pid" || [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$name" ]; then
      rm -f "$file"
      return
    fi
    # It is not stale if the engine is just starting (service manager, another user).
    engine_answers && return
    sleep 0.5
  done
}

start_engine() {
  local log=$state/dockerd.log pid
  if [ -d /run/systemd/system ]; then
    systemctl start docker >"$log" 2>&1 || die "systemctl could not start docker (log: $log)"
    engine_answers || die "systemd started docker, but it does not answer: see journalctl -u docker"
    return
  fi
  clear_stale_pid /var/run/docker.pid dockerd
  if engine_answers; then return; fi
  clear_stale_pid /var/run/docker/containerd/containerd.pid containerd
  # The lock descriptors are closed: a daemon that inherited them would count as one of its own users.
  nohup setsid dockerd </dev/null >"$log" 2>&1 7>&- 8>&- &
  pid=$!
  for _ in {1..120}; do
    if engine_answers; then
      echo "$pid" >"$state/engine.pid"
      return
    fi
    if process_ended "$pid"; then break; fi
    sleep 0.5
  done
  kill "$pid" 2>/dev/null || true
  tail -n 15 "$log" >&2
  die "dockerd did not start (log: $log)"
}

# After this, `docker` works. Each caller holds a shared lock until it exits; see stop_engine.
ensure_engine() {
  make_state
  exec 7>>"$state/engine.lock" 8>>"$state/engine.users"
  flock -w 300 7 || die "another script has been starting the engine for five minutes"
  flock -s 8
  if ! engine_answers; then
    if [ -n "${DOCKER_HOST:-}" ]; then die "no engine answers at DOCKER_HOST=$DOCKER_HOST"; fi
    if [ "$(id -u)" != 0 ]; then
      die "no container engine answers: start docker, or run this as root on Debian or Ubuntu to have it installed"
    fi
    if engine_packages_missing; then
      command -v apt-get >/dev/null || die "no container engine and no apt-get to install one: install docker"
      # shellcheck disable=SC2086
      install_packages $engine_packages || exit 1
      command -v docker >/dev/null || install_packages docker-cli || exit 1
    fi
    engine_answers || start_engine
    say "container engine started"
  fi
  flock -u 7
  at_exit stop_engine
  # The classic builder is deprecated but complete; BuildKit needs the buildx plugin.
  if ! docker buildx version >/dev/null 2>&1; then export DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0; fi
}

# Stops the engine if one of these scripts started it and nobody else uses it. containerd is its child and ends with it.
stop_engine() {
  local pid
  [ -e "$state/engine.pid" ] || return 0
  flock 7
  flock -u 8
  if flock -n 8 && pid=$(cat "$state/engine.pid" 2>/dev/null); then
    rm -f "$state/engine.pid"
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
      kill "$pid" 2>/dev/null || true
      for _ in {1..60}; do
        if process_ended "$pid"; then break; fi
        sleep 0.5
      done
    fi
  fi
  flock -u 8
  flock -u 7
}

# From now on the engine keeps running after the scripts.
keep_engine() { rm -f "$state/engine.pid"; }
