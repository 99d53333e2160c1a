# The other workloads of the control plane's namespace. One whose caches were filled before a swap acts on objects that
# are no longer there: the known ones are stopped before it and started last, the others are found and told of.

# A line for each workload of the namespace: "KIND/NAME REPLICAS" (DaemonSets have "-"), then its images, then, behind
# " | ", what may tell that it talks to the user cluster.
list_workloads() {
  kc get deployments,statefulsets,daemonsets -o go-template='{{range .items}}{{.kind}}/{{.metadata.name}} {{if eq .kind "DaemonSet"}}-{{else}}{{.spec.replicas}}{{end}}{{range .spec.template.spec.containers}} {{.image}}{{end}} | {{range .spec.template.spec.containers}}{{printf "%q %q" .command .args}}{{range .env}} {{.name}}={{with .value}}{{printf "%q" .}}{{end}}{{end}}{{end}}{{range .spec.template.spec.volumes}} {{with .secret}}{{.secretName}}{{end}}{{with .configMap}}{{.name}}{{end}}{{end}}{{"\n"}}{{end}}' ||
    die "could not ask for the workloads of namespace $NAMESPACE"
}

# Words "KIND/NAME=REPLICAS" of what is stopped before the swap: controller managers and schedulers (a live controller
# manager deleted restored objects), what the configuration names, and the one that maintains etcd.
# In: the lines of list_workloads.
controllers_among() {
  for wanted in $CONTROLLERS "Deployment/$MAINTENANCE"; do
    if [ "$wanted" = discover ]; then
      printf '%s\n' "$1" | grep -v '^DaemonSet/' | sed 's/ | .*//' |
        grep -E -e '^[^ ]*(controller-manager|scheduler)' -e '/[a-z-]*(kube-controller-manager|kube-scheduler|cloud-controller-manager)[:@]' || true
    else
      # kubectl takes kinds in any case and number; so does this.
      printf '%s\n' "$1" | awk -v wanted="$wanted" 'BEGIN { n = tolower(wanted); sub("s/", "/", n) } tolower($1) == n'
    fi
  done | awk '!seen[$1]++ && $2 != "-" { printf "%s=%s ", $1, $2 }'
}

# What the configuration names must be there and must be something that can be stopped: else it would watch the swap.
check_controllers() {
  for wanted in $CONTROLLERS; do
    case $wanted in
      discover) continue ;;
      [Dd]aemon[Ss]et*/*) die "overrides.controllers: $wanted cannot be stopped by scaling" "Take it out: pulumi config rm --path 'overrides.controllers[N]'; it is restarted at the end if it may watch the user cluster." ;;
    esac
    [ -n "$(CONTROLLERS=$wanted MAINTENANCE=/ controllers_among "$1")" ] ||
      die "overrides.controllers: namespace $NAMESPACE has no $wanted; it has: $(printf '%s\n' "$1" | cut -d ' ' -f 1 | tr '\n' ' ')" "pulumi config set --path 'overrides.controllers[N]' Kind/name"
  done
}

# Words "KIND/NAME=WHY" of all others: "kubeconfig" when something in the Pod template says that it talks to an API
# server by a kubeconfig or to this user cluster's, "idle" at 0 replicas, else "none".
# In: the lines of list_workloads, the words of controllers_among.
others_among() {
  printf '%s\n' "$1" | while read -r workload replicas rest; do
    case " $2StatefulSet/$ETCD_STATEFULSET= StatefulSet/$APISERVER_STATEFULSET=" in
      *" $workload="*) continue ;;
    esac
    why=none
    if printf '%s' "${rest#*|}" | grep -qiE -e kubeconfig -e "$APISERVER_STATEFULSET" -e 'KUBERNETES_SERVICE_HOST=' -e '--master='; then why=kubeconfig; fi
    if [ "$replicas" = 0 ]; then why=idle; fi
    if [ -n "$workload" ]; then printf '%s=%s ' "$workload" "$why"; fi
  done
}

# For a person: what was, or will be, done about each. In: words of others_among.
say_others() {
  for other in $1; do
    case $other in
      *=kubeconfig) say "${other%=*}: may watch the user cluster; left running, restarted at the end (to stop it before the swap: pulumi config set --path 'overrides.controllers[0]' discover; pulumi config set --path 'overrides.controllers[1]' ${other%=*})" ;;
      *=idle) say "${other%=*}: left, it is at 0 replicas" ;;
      *) say "${other%=*}: left, nothing in its Pod template names a kubeconfig" ;;
    esac
  done
}

# --- after the restore ---

# "RUNNING WANTED"
running_of() {
  kc get "$1" -o go-template='{{with .status.readyReplicas}}{{.}}{{else}}{{with .status.numberReady}}{{.}}{{else}}0{{end}}{{end}} {{with .spec.replicas}}{{.}}{{else}}{{with .status.desiredNumberScheduled}}{{.}}{{else}}0{{end}}{{end}}'
}

runs_whole() {
  running=$(running_of "$1") || return 1
  [ "${running% *}" -ge "${running#* }" ]
}

# shellcheck disable=SC2016 # a template's own variables
pods_of() { kc get "$1" -o go-template='{{range $name, $value := .spec.selector.matchLabels}}{{$name}}={{$value}},{{end}}' | sed 's/,$//'; }

# Makes a workload's Pods anew, without a change of the workload itself. Result: a line for the report.
restart_workload() {
  other_pods=$(pods_of "$1")
  if [ -z "$other_pods" ] || ! kc delete pods -l "$other_pods" --wait=false > /dev/null; then
    printf 'warning %s could not be restarted: it may act on what it knew before the restore\n' "$1"
    printf 'workload %s left its Pods could not be deleted\n' "$1"
    return 0
  fi
  sleep 1
  poll "${RESTART_SECONDS:-120}" runs_whole "$1" || printf 'warning %s was restarted and does not run whole since: %s ready\n' "$1" "$running"
  printf 'workload %s restarted it may watch the user cluster\n' "$1"
}
