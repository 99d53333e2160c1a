import { type Completed, type CompletedCommand, everyCommand } from "./completionTree";

/**
 * A script for bash, 3.2 and later, without any other package. It looks the typed words up in a table: nothing of them
 * is run.
 */
export function bashCompletion(root: CompletedCommand): string {
  const name = root.words[0] ?? "";
  const rows = everyCommand(root).flatMap(rowsOf);
  return `# bash completion for ${name}; made by '${name} completion bash'
_etcd_recovery_lookup() {
  REPLY=""
  case "$1" in
${rows.map(([key, found]) => `    ${key}) REPLY="${found}" ;;`).join("\n")}
  esac
}
${walker}
complete -F _etcd_recovery ${name}`;
}

/** Finds the command, what the word before takes, and the number of arguments; "=" is a word of its own in bash. */
const walker = `_etcd_recovery() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path="" value="" word REPLY i n=0
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [ "$word" = "=" ] && continue
    if [ -n "$value" ]; then value=""; continue; fi
    _etcd_recovery_lookup "$path $word"
    case "$REPLY" in
      @command) path="$path $word" ;;
      "") case "$word" in -?*) ;; *) n=$((n + 1)) ;; esac ;;
      *) value="$path $word" ;;
    esac
  done
  [ "$cur" = "=" ] && cur=""
  if [ -n "$value" ]; then _etcd_recovery_lookup "$value"
  elif [[ "$cur" == -?* || "$cur" == - ]]; then _etcd_recovery_lookup "$path :options"
  else _etcd_recovery_lookup "$path :$n"
  fi
  case "$REPLY" in
    @files)
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur") ;;
    @*) ;;
    *) for word in $REPLY; do [[ "$word" == "$cur"* ]] && COMPREPLY+=("$word"); done ;;
  esac
}`;

type Row = readonly [key: string, found: string];

/** What is found under a command and a word behind it; \`:N\` is its argument N. */
function rowsOf({ words, commands, options, arguments: given, variadic }: CompletedCommand): Row[] {
  const path = words
    .slice(1)
    .map((word) => ` ${word}`)
    .join("");
  const key = (word: string) => `"${path} ${word}"`;
  const names = commands.map((command) => command.words.at(-1) ?? "");
  return [
    ...names.map((name): Row => [key(name), "@command"]),
    [key(":options"), options.flatMap(({ flags }) => flags).join(" ")],
    ...options.flatMap(({ flags, value }) =>
      value === undefined ? [] : flags.map((flag): Row => [key(flag), foundOf(value)]),
    ),
    ...(names.length > 0 ? [[key(":0"), names.join(" ")] as Row] : []),
    ...given.map(
      (what, n): Row => [variadic && n === given.length - 1 ? `"${path} :"*` : key(`:${n}`), foundOf(what)],
    ),
  ];
}

const foundOf = (what: Completed): string =>
  what.kind === "choices" ? what.choices.join(" ") : `@${what.kind}`;
