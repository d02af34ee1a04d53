# shellcheck shell=bash
# The images that the scripts use. Source common.sh and engine.sh first; call ensure_engine before these.

readonly toolchain_image=pg-entrypoint/toolchain
readonly devtools_image=${DEVTOOLS_IMAGE:-pg-entrypoint/devtools}
readonly entrypoint_image=${ENTRYPOINT_IMAGE:-pg-entrypoint}
readonly app_image=${APP_IMAGE:-pg-entrypoint/projectvote}
readonly alembic_image=pg-entrypoint/projectvote-alembic
readonly standin_postgres_image=pg-entrypoint/postgres:17
readonly standin_base_image=pg-entrypoint/base
readonly standin_musl_image=pg-entrypoint/musl
readonly modules_image=pg-entrypoint/modules
readonly foreign_image=pg-entrypoint/foreign

image_exists() { docker image inspect "$1" >/dev/null 2>&1; }

# A slow registry may take minutes. One that does not answer is asked only once per run.
registry_answers=yes
registry_has() {
  if image_exists "$1"; then return; fi
  [ "$registry_answers" = yes ] || return 1
  if timeout 300 docker pull --quiet "$1" </dev/null >"$state/pull.log" 2>&1; then return; fi
  registry_answers=no
  return 1
}

# ensure_image NAME DOCKERFILE [docker build arguments]: builds with the engine's cache and the tree as context.
ensure_image() {
  local name=$1 dockerfile=$2 log began took
  local -a tidy=()
  shift 2
  # By default the classic builder leaves the container of a failed step behind.
  if [ "${DOCKER_BUILDKIT:-}" = 0 ]; then tidy=(--force-rm); fi
  log=$state/image-$(tr -c 'a-zA-Z0-9\n' - <<<"$name").log
  began=$(milliseconds)
  if ! docker build ${tidy[@]+"${tidy[@]}"} -t "$name" -f "$root/$dockerfile" "$@" "$root" </dev/null >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    cannot "image $name could not be built from $dockerfile (log: $log)"
    return
  fi
  took=$(($(milliseconds) - began))
  if ((took > 3000)); then say "image $name built in $(as_seconds "$took") s"; fi
}

# Sets BASE_IMAGE: Debian 13.
ensure_base_image() {
  if [ -z "${BASE_IMAGE:-}" ]; then
    find_debian_image trixie || return
    BASE_IMAGE=$found_image
  fi
  export BASE_IMAGE
}

# find_debian_image SUITE sets found_image: from a registry, or else made from packages of the mirror that apt uses.
find_debian_image() {
  local suite=$1
  found_image=debian:$suite-slim
  if image_exists "$found_image"; then return; fi
  if image_exists "$standin_base_image:$suite" || ! registry_has "$found_image"; then
    found_image=$standin_base_image:$suite
    image_exists "$found_image" || make_base_image "$suite"
  fi
}

# Prints the archive that this host's apt uses, if that is Debian's; else nothing, and mmdebstrap uses its default.
debian_mirror() {
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian|main|Debian|//p' | head -n 1
}

make_base_image() {
  local suite=$1 log=$state/base-image-$1.log mirror scheme proxy
  local -a options=(--variant=minbase --quiet "--aptopt=Acquire::Retries \"5\"" "--aptopt=Apt::Install-Recommends \"false\"")
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    cannot "no registry answers for debian:$suite-slim; run this as root on Debian (or, for Debian 13, set BASE_IMAGE)"
    return
  fi
  command -v mmdebstrap >/dev/null || install_packages mmdebstrap debian-archive-keyring || return
  mirror=$(debian_mirror)
  # Without package lists, apt-get indextargets prints nothing.
  if [ -z "$mirror" ] && apt-get update -o Acquire::Retries=5 </dev/null >"$log" 2>&1; then mirror=$(debian_mirror); fi
  for scheme in http https; do
    proxy=
    eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
    if [ -n "$proxy" ]; then options+=("--aptopt=Acquire::$scheme::Proxy \"$proxy\""); fi
  done
  case $mirror in https:*) options+=(--include=ca-certificates) ;; esac
  say "no registry answers: making a Debian base image ($suite) from packages"
  if ! mmdebstrap "${options[@]}" "$suite" - ${mirror:+"$mirror"} </dev/null 2>"$log" |
    docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      --change 'CMD ["bash"]' - "$standin_base_image:$suite" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    cannot "mmdebstrap could not make the base image (log: $log); if the mirror failed for a moment, run this again"
  fi
}

ensure_toolchain_image() {
  ensure_base_image || return
  ensure_image "$toolchain_image" Dockerfile --target toolchain --build-arg "BASE_IMAGE=$BASE_IMAGE"
}

ensure_devtools_image() {
  ensure_toolchain_image &&
    ensure_image "$devtools_image" tests/images/devtools/Dockerfile --build-arg "TOOLCHAIN_IMAGE=$toolchain_image"
}

# The published image: from scratch, with the static binary. If the caller named an image, that is used as it is.
ensure_entrypoint_image() {
  if [ -n "${ENTRYPOINT_IMAGE:-}" ] && image_exists "$ENTRYPOINT_IMAGE"; then return; fi
  ensure_base_image || return
  ensure_image "$entrypoint_image" Dockerfile --target binary --build-arg "BASE_IMAGE=$BASE_IMAGE"
}

# The entrypoint image's binary, as build/release/pg-entrypoint.
extract_binary() {
  local container status=0
  mkdir -p "$root/build/release"
  container=$(docker create "$entrypoint_image") || return
  docker cp "$container:/pg-entrypoint" "$root/build/release/pg-entrypoint" || status=$?
  docker rm -fv "$container" >/dev/null
  return "$status"
}

# Sets POSTGRES_IMAGE: the official image if a registry has it, else a substitute made from Debian's packages.
ensure_postgres_image() {
  export POSTGRES_IMAGE=${POSTGRES_IMAGE:-postgres:17}
  if [ "$POSTGRES_IMAGE" != "$standin_postgres_image" ] && registry_has "$POSTGRES_IMAGE"; then return; fi
  image_exists "$standin_postgres_image" ||
    say "no registry answers for $POSTGRES_IMAGE: making $standin_postgres_image instead"
  POSTGRES_IMAGE=$standin_postgres_image
  ensure_base_image || return
  ensure_image "$POSTGRES_IMAGE" tests/images/postgres/Dockerfile --build-arg "BASE_IMAGE=$BASE_IMAGE"
}

# The example application with the entrypoint image's binary.
ensure_app_image() {
  ensure_entrypoint_image || return
  ensure_image "$app_image" examples/projectvote/Dockerfile \
    --build-arg "BASE_IMAGE=$BASE_IMAGE" --build-arg "ENTRYPOINT_IMAGE=$entrypoint_image"
}

# The same application with Alembic.
ensure_alembic_image() {
  ensure_app_image &&
    ensure_image "$alembic_image" examples/projectvote-alembic/Dockerfile --build-arg "APP_IMAGE=$app_image"
}

# find_musl_image sets musl_image, an image without glibc: Alpine, or a stand-in made from Debian's packages.
find_musl_image() {
  musl_image=alpine:3
  if registry_has "$musl_image"; then return; fi
  musl_image=$standin_musl_image
  ensure_base_image || return
  ensure_image "$musl_image" tests/images/musl/Dockerfile --build-arg "BASE_IMAGE=$BASE_IMAGE"
}

# Images of other distributions, each with the entrypoint's binary: Debian 12; one without glibc; and Debian 12 with modules
# that a static program must not load.
ensure_foreign_images() {
  local debian12 name base
  find_debian_image bookworm || return
  debian12=$found_image
  find_musl_image || return
  ensure_image "$modules_image" tests/images/modules/Dockerfile --build-arg "BASE_IMAGE=$debian12" || return
  while read -r name base; do
    ensure_image "$foreign_image:$name" tests/images/foreign/Dockerfile \
      --build-arg "BASE_IMAGE=$base" --build-arg "ENTRYPOINT_IMAGE=$entrypoint_image" || return
  done <<<"debian12 $debian12
musl $musl_image
modules $modules_image"
}
