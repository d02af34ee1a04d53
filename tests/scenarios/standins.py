"""Stand-ins for the programs of an application: all are one script, which tells by its words what it has to do."""

import os
import pathlib

# READS: the variables by which a program finds its database, either one with a URL or host, port, user, password and name.
PROGRAM = r"""#!/bin/sh
call="${0##*/}${*:+ $*}"
printf '%s\n' "$call" >>"$CALLS"
if [ -n "${FAILS:-}" ]; then case $call in "$FAILS"*) exit 9 ;; esac; fi
ask() {
  statement=$1
  shift
  if [ $# = 1 ]; then
    eval "set -- \"\$$1\""
  else
    eval "PGHOST=\$$1 PGPORT=\$$2 PGUSER=\$$3 PGPASSWORD=\$$4 PGDATABASE=\$$5"
    export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE
    set -- "dbname='$PGDATABASE'"
  fi
  psql -qtAX -v ON_ERROR_STOP=1 "$1" -c "$statement"
}
case $call in
  *migrate* | *upgrade* | *db:*prepare)
    ask "create table if not exists migrated (id integer); grant select on migrated to public" ${MIGRATOR_READS:-$READS} ;;
  "$SERVES")
    ask "select 'serving as ' || current_user from migrated having count(*) = 0" $READS || exit
    echo "uid $(id -u) umask $(umask)"
    # Its environment has a password, which no output may have.
    env >"$CALLS.env" ;;
esac
"""


class StandIns:
    """Programs in `folder`, which is the working directory, and in `folder`/bin, which is in PATH."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.log = folder / "calls"
        self.seen = folder / "calls.env"
        for file in (self.log, self.seen):
            file.touch()
            file.chmod(0o666)
        self.environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "CALLS": self.log}

    def add(self, *names):
        for name in names:
            path = self.folder / (name if "/" in name else f"bin/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PROGRAM)
            path.chmod(0o755)

    @property
    def calls(self):
        return self.log.read_text().splitlines()

    @property
    def variables(self):
        """What the server had in its environment."""
        return dict(line.split("=", 1) for line in self.seen.read_text().splitlines() if "=" in line)
