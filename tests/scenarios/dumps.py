"""Dumps that every supported server understands."""

import subprocess


def dump_of(url, *options):
    """What pg_dump writes, in bytes. Since version 17 it sets what servers before 17 do not know."""
    text = subprocess.run(["pg_dump", *options, f"--dbname={url}"], check=True, capture_output=True, timeout=60).stdout
    return text.replace(b"SET transaction_timeout = 0;\n", b"")
