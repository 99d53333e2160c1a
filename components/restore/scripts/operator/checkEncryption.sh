# Whether the API servers can read values that are encrypted at rest in the snapshot. Only names of providers and
# keys are ever kept or shown: the configuration goes from one kubectl into the other and nowhere else.
# In: SNAPSHOT_ENCRYPTION, ALLOW_ENCRYPTION: "provider:key" a line.

# "arg ARGUMENT", "mount VOLUME SUBPATH PATH", "secret VOLUME SECRET", "item VOLUME SECRET KEY PATH", a line each.
apiserver_files() {
  # shellcheck disable=SC2016 # a template's own variables
  kc get statefulset "$APISERVER_STATEFULSET" -o go-template='{{range .spec.template.spec.containers}}{{range .command}}arg {{.}}
{{end}}{{range .args}}arg {{.}}
{{end}}{{range .volumeMounts}}mount {{.name}} {{or .subPath "-"}} {{.mountPath}}
{{end}}{{end}}{{range .spec.template.spec.volumes}}{{$volume := .name}}{{with .secret}}{{$secret := .secretName}}secret {{$volume}} {{$secret}}
{{range .items}}item {{$volume}} {{$secret}} {{.key}} {{.path}}
{{end}}{{end}}{{with .projected}}{{range .sources}}{{with .secret}}{{$secret := .name}}secret {{$volume}} {{$secret}}
{{range .items}}item {{$volume}} {{$secret}} {{.key}} {{.path}}
{{end}}{{end}}{{end}}{{end}}{{end}}'
}

# Path of the configuration, of either form of the flag; empty without one. Also inside a shell's command line.
encryption_path() {
  printf '%s\n' "$1" | sed -n 's/^arg //p' | tr ' ' '\n' |
    awk '/^--encryption-provider-config=/ { sub(/^[^=]*=/, ""); print; exit } take { print; exit } $0 == "--encryption-provider-config" { take = 1 }' | tr -d "\"'"
}

# secret_of PATH FILES: "SECRET KEY" candidates, a line each, of the volume that is mounted nearest above the path.
secret_of() {
  printf '%s\n' "$2" | awk -v path="$1" '
    $1 == "mount" {
      at = $4; sub(/\/$/, "", at)
      if ((path == at || index(path, at "/") == 1) && length(at) > best) { best = length(at); volume = $2; sub_path = $3; file = substr(path, best + 2) }
    }
    { line[NR] = $0 }
    END {
      if (!best) exit
      if (sub_path != "-") file = file == "" ? sub_path : sub_path "/" file
      for (n = 1; n <= NR; n++) { split(line[n], w, " "); if (w[1] == "item" && w[2] == volume) { items[w[3]] = 1; if (w[5] == file) print w[3], w[4] } }
      for (n = 1; n <= NR; n++) { split(line[n], w, " "); if (w[1] == "secret" && w[2] == volume && !(w[3] in items)) print w[3], file }
    }'
}

# "provider:key" a line of an EncryptionConfiguration on standard input; "identity:" for values kept as they are.
# kubectl reads the YAML: --local asks no server.
encryption_keys() {
  # shellcheck disable=SC2016 # a template's own variables
  kubectl patch --local -f - --type=merge -p '{}' 2> /dev/null -o go-template='{{range .resources}}{{range .providers}}{{range $provider, $settings := .}}{{if $settings.name}}{{$provider}}:{{$settings.name}}{{"\n"}}{{else if $settings.keys}}{{range $settings.keys}}{{$provider}}:{{.name}}{{"\n"}}{{end}}{{else}}{{$provider}}:{{"\n"}}{{end}}{{end}}{{end}}{{end}}' |
    sort -u
}

# secret_keys SECRET KEY
secret_keys() {
  # shellcheck disable=SC2016 # a template's own variables
  kc get secret "$1" --ignore-not-found -o go-template='{{range $key, $value := .data}}{{if eq $key "'"$2"'"}}{{$value | base64decode}}{{end}}{{end}}' 2> /dev/null | encryption_keys
}

# Sets $known: what the API servers can read; empty when that could not be found out, with the reason in $unknown.
encryption_load() {
  known=
  files=$(apiserver_files) || die "could not ask for StatefulSet $APISERVER_STATEFULSET"
  encryption_file=$(encryption_path "$files")
  if [ -z "$encryption_file" ]; then
    known=none
    return 0
  fi
  candidates=$(secret_of "$encryption_file" "$files")
  unknown="$encryption_file lies in no Secret"
  while read -r secret key; do
    case $key in
      '' | *[!A-Za-z0-9._-]*) continue ;;
    esac
    unknown="Secret $secret cannot be read, or is no EncryptionConfiguration"
    known=$(secret_keys "$secret" "$key")
    if [ -n "$known" ]; then return 0; fi
  done << END
$candidates
END
}

# missing_from KNOWN: the lines of standard input that KNOWN does not have.
missing_from() {
  while read -r wanted; do
    if [ -n "$wanted" ] && ! printf '%s\n' "$1" | grep -qxF -e "$wanted"; then printf '%s\n' "$wanted"; fi
  done
}

words() { printf '%s\n' "$1" | tr '\n' ' ' | sed 's/ $//'; }

check_encryption() {
  [ -n "${SNAPSHOT_ENCRYPTION:-}" ] || return 0
  encryption_load
  lost=$(printf '%s\n' "$SNAPSHOT_ENCRYPTION" | missing_from "$known")
  if [ -z "$lost" ]; then
    say "encryption at rest: the API servers have $(words "$SNAPSHOT_ENCRYPTION")"
    return 0
  fi
  still_lost=$(printf '%s\n' "$lost" | missing_from "${ALLOW_ENCRYPTION:-}")
  if [ -z "$still_lost" ]; then
    say "encryption at rest: $(words "$lost") as restore.allowEncryption says"
    return 0
  fi
  meant="If it is meant: pulumi config set --path 'restore.allowEncryption[0]' '$(printf '%s\n' "$still_lost" | head -n 1)'   (one index for each)"
  case $known in
    none) refuse "restore.snapshot: values in it are encrypted with $(words "$still_lost"), the API servers have no --encryption-provider-config: they could read none of them" \
      "Give StatefulSet $APISERVER_STATEFULSET the EncryptionConfiguration with these keys first. $meant" ;;
    '') refuse "restore.snapshot: values in it are encrypted with $(words "$still_lost"); which keys the API servers have is unknown: $unknown" \
      "Compare the key names yourself, or allow 'get' on that Secret (docs/reference/rights.md). $meant" ;;
    *) refuse "restore.snapshot: values in it are encrypted with $(words "$still_lost"), which the API servers do not have; they have $(words "$known")" \
      "Add these keys to the EncryptionConfiguration in Secret $secret and restart the API servers first. $meant" ;;
  esac
}
