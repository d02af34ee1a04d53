# shellcheck shell=bash
# A binary that knows only format 1 of the history, for tests in which it and the new one work on the same database.
# Source common.sh, engine.sh, images.sh and devbox.sh first.

# The newest commit with format 1 that can be built from binary packages.
readonly old_commit=c53c1ad6b2fb49753b899286be617ca93297b37e

# build_old_binary DIRECTORY: as DIRECTORY/pg-entrypoint, for the development container. To be quick, it is not optimised,
# and each layer is compiled as one file; two files of one layer define the same constant.
build_old_binary() {
  git -c safe.directory="$root" -C "$root" archive "$old_commit" CMakeLists.txt CMakePresets.json cmake entrypoint |
    tar -x -C "$1" &&
    sed -i '/^constexpr auto npos = /d' "$1/entrypoint/migrate/directives.cpp" &&
    devbox -v "$1:/old" -- timeout --kill-after=20 300 sh -c '
      cmake -S /old -B /tmp/old -G Ninja -DCMAKE_C_COMPILER=gcc-14 -DCMAKE_CXX_COMPILER=g++-14 \
        -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCMAKE_C_FLAGS_DEBUG=-O0 -DPGE_TESTS=OFF \
        -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 &&
      cmake --build /tmp/old --target pg-entrypoint &&
      cp /tmp/old/entrypoint/pg-entrypoint /old/'
}

# ensure_old_binary sets old_binary. It is built once and kept in the state directory.
ensure_old_binary() {
  local work log=$state/old-binary.log status=0
  old_binary=$state/old-binary/$old_commit/pg-entrypoint
  if [ -x "$old_binary" ]; then return; fi
  work=$(mktemp -d "$state/old-binary.XXXXXX") || return
  mkdir -p "${old_binary%/*}"
  build_old_binary "$work" </dev/null >"$log" 2>&1 || status=$?
  if [ "$status" = 0 ]; then mv "$work/pg-entrypoint" "$old_binary" || status=$?; fi
  rm -rf "$work"
  [ "$status" = 0 ] || cannot "the binary of format 1 could not be built (log: $log); tests that need it are skipped"
}

# find_old_binary sets with_old_binary, arguments for devbox; there are none when it cannot be built.
with_old_binary=()
find_old_binary() {
  with_old_binary=()
  ensure_old_binary || return 0
  # shellcheck disable=SC2034 # used by scripts that source this
  with_old_binary=(-v "$old_binary:/opt/old/pg-entrypoint:ro" -e PGE_OLD_BINARY=/opt/old/pg-entrypoint)
}
