# shellcheck shell=bash
# Other projects' migrators, for tests: the projects are in tests/data/tools, npm's packages are installed as their lock
# files say, and Debian's are in an image. Source common.sh, engine.sh, images.sh and devbox.sh first.

# ensure_node_project NAME: installs its packages in the state directory, again after each change of its lock file.
ensure_node_project() {
  local name=$1 files=$root/tests/data/tools/$1 modules=$state/tools/$1 work log=$state/tool-$1.log
  if cmp -s "$files/package-lock.json" "$modules/package-lock.json"; then return; fi
  command -v npm >/dev/null || { say "$name: npm is not installed (apt-get install npm)"; return 1; }
  mkdir -p "$state/tools"
  work=$(mktemp -d "$state/tools/.$name.XXXXXX")
  cp "$files/package.json" "$files/package-lock.json" "$work"
  # No package's own scripts are run.
  if (cd "$work" && timeout 180 npm ci --ignore-scripts --no-audit --no-fund) </dev/null >"$log" 2>&1; then
    rm -rf "$modules"
    chmod -R go+rX "$work"
    mv "$work" "$modules"
  else
    rm -rf "$work"
    say "$name: the npm registry did not give its packages (log: $log); its tests are skipped"
    return 1
  fi
}

# ensure_tools node|all [PROJECT…] sets tools_image, and tools_box, arguments for devbox. The tests skip projects whose packages
# cannot be had. Fails when there is no image.
ensure_tools() {
  local target=$1 name
  shift
  ensure_devtools_image || return
  tools_image=pg-entrypoint/tools:$target
  ensure_image "$tools_image" tests/images/tools/Dockerfile --target "$target" \
    --build-arg "DEVTOOLS_IMAGE=$devtools_image" || return
  mkdir -p "$state/tools"
  for name in npm "$@"; do ensure_node_project "$name" || true; done
  # shellcheck disable=SC2034 # used by scripts that source this
  tools_box=(-v "$state/tools:/opt/tools:ro" -e PGE_TOOLS=/opt/tools)
}

node_projects() { (cd "$root/tests/data/tools" && printf '%s\n' */package-lock.json | sed 's,/.*,,' | grep -vx npm); }
