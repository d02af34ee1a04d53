# shellcheck shell=bash
# The development container: compiler, linters, PostgreSQL, pytest, on this source tree at /src.
# Source common.sh, engine.sh and images.sh first.

# devbox [docker run arguments, then --] COMMAND…
# devbox_image: another image than the development one.
# SYS_ADMIN: tests make PID namespaces. NET_ADMIN: black holes by iptables. SYS_PTRACE: LeakSanitizer, gdb.
devbox() {
  local -a options=(
    --rm --init
    --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined
    -v "$root:/src" -w /src
    -v pg-entrypoint-ccache:/ccache
    -e CMAKE_CXX_COMPILER_LAUNCHER=ccache -e CMAKE_C_COMPILER_LAUNCHER=ccache
  )
  local argument
  for argument in "$@"; do
    if [ "$argument" = -- ]; then
      while [ "$1" != -- ]; do
        options+=("$1")
        shift
      done
      shift
      break
    fi
  done
  docker run "${options[@]}" "${devbox_image:-$devtools_image}" "$@"
}

# What a container needs to use the engine itself. Its bind mounts must name paths of the host, hence PGE_HOST_ROOT.
# shellcheck disable=SC2034
declare -ar with_socket=(
  -v "${DOCKER_SOCKET:-/var/run/docker.sock}:/var/run/docker.sock"
  --network host
  -e "PGE_HOST_ROOT=$root"
  -e DOCKER_BUILDKIT -e COMPOSE_DOCKER_CLI_BUILD
  -e BASE_IMAGE -e POSTGRES_IMAGE
  -e "ENTRYPOINT_IMAGE=$entrypoint_image" -e "APP_IMAGE=$app_image" -e "DEVTOOLS_IMAGE=$devtools_image"
)

# The sanitized binary. Leak detection is off: LeakSanitizer attaches to the process, which a non-dumpable one refuses.
# shellcheck disable=SC2034
declare -ar sanitized=(
  -e PGE_BINARY=/src/build/asan-ubsan/entrypoint/pg-entrypoint -e PGE_PATIENCE=120
  -e ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 -e UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
)
# shellcheck disable=SC2034
declare -ar sanitized_scenarios=(
  tests/scenarios/test_{apply,concurrent_index,session}.py
)
