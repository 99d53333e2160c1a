# Whether the admin cluster answers, knows the namespace, and lets this user do what a restore does.

# The names on standard input that share their beginning with $1, or all of them when none does; at most 12.
nearest() {
  near_names=$(cat)
  near_like=$(printf '%s\n' "$near_names" | grep -i -e "^$(printf '%.3s' "$1")" || true)
  printf '%s\n' "${near_like:-$near_names}" | head -n 12 | tr '\n' ' '
}

# near_matches KIND NAME: names of the namespace that may have been meant.
near_matches() { kc get "$1" -o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}' 2> /dev/null | nearest "$2"; }

# Namespaces that hold a StatefulSet of this name are user clusters; else every namespace that may be listed.
namespaces() {
  kc get statefulsets --all-namespaces --field-selector="metadata.name=$ETCD_STATEFULSET" \
    -o go-template='{{range .items}}{{.metadata.namespace}}{{"\n"}}{{end}}' 2> /dev/null | grep . ||
    kc get namespaces -o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}' 2> /dev/null
}

# One question tells whether the server can be reached, trusts this user, and has the namespace.
check_namespace() {
  command -v kubectl > /dev/null || misset "kubectl: is not on PATH" "Install kubectl, at most one minor version away from the admin cluster."
  command -v timeout > /dev/null || misset "timeout: is not on PATH" "Install coreutils."
  if answer=$(CALL_SECONDS=20 kc get namespace "$NAMESPACE" --request-timeout=10s -o name 2>&1); then return 0; fi
  look="Look: kubectl --kubeconfig '$KUBECONFIG'${ADMIN_CONTEXT:+ --context $ADMIN_CONTEXT} get namespaces"
  reason=$(printf '%s\n' "$answer" | grep . | tail -n 1 | cut -c 1-300)
  case $answer in
    *'(NotFound)'*) misset "namespace: the admin cluster has no namespace $NAMESPACE; it has: $(namespaces | nearest "$NAMESPACE")" "pulumi config set namespace NAME" ;;
    *'(Forbidden)'*) ;; # a Role in the namespace need not let us read the namespace itself
    *'context '*' does not exist'*) misset "adminContext: $reason" "kubectl --kubeconfig '$KUBECONFIG' config get-contexts -o name; pulumi config set adminContext NAME" ;;
    *Unauthorized* | *'must be logged in'* | *'provide credentials'* | *'getting credentials'*)
      refuse "adminKubeconfig: the admin cluster does not accept its credentials: $reason" "Renew them, then: $look" ;;
    *x509* | *certificate* | *tls:*) refuse "adminKubeconfig: no trusted connection to the admin cluster: $reason" "Take a new kubeconfig with the cluster's present CA, then: $look" ;;
    *) die "adminKubeconfig: the admin cluster does not answer: ${reason:-nothing came within 20 s}" "$look" ;;
  esac
}

# Every verb that a later step needs.
may() { # GROUP RESOURCE SUBRESOURCE VERBS...
  may_group=$1
  may_resource=$2
  may_sub=$3
  shift 3
  for may_verb in "$@"; do
    printf -- '---\napiVersion: authorization.k8s.io/v1\nkind: SelfSubjectAccessReview\nspec:\n  resourceAttributes: {namespace: "%s", group: "%s", resource: "%s", subresource: "%s", verb: "%s"}\n' \
      "$NAMESPACE" "$may_group" "$may_resource" "$may_sub" "$may_verb"
  done
}

# Asks for all that needed_rights says, by may.
check_rights() {
  # The server checks these objects itself; kubectl's own check would list CustomResourceDefinitions, which a Role
  # of one namespace does not allow.
  denied=$(needed_rights | kc create --validate=false -f - -o go-template='{{if not .status.allowed}}{{.spec.resourceAttributes.verb}} {{.spec.resourceAttributes.resource}}{{with .spec.resourceAttributes.subresource}}/{{.}}{{end}}; {{end}}') ||
    die "adminKubeconfig: the admin cluster could not be asked for this user's rights (see above)" "Look: kubectl --kubeconfig '$KUBECONFIG' auth can-i --list --namespace $NAMESPACE"
  [ -z "$denied" ] || refuse "adminKubeconfig: not allowed in namespace $NAMESPACE: $denied" "Bind the Role in docs/reference/rights.md to this user."
}
