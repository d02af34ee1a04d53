"""The groups of rows, in the order of the page."""

from rows import apply, bulk, history, migrators, replicas, serving, size, start

GROUPS = {module.GROUP.name: module.GROUP
          for module in (start, apply, bulk, replicas, history, migrators, serving, size)}
