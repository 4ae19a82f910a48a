/** The shells that can be taught. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

// The scripts only carry words: what fits is the program's own knowledge, asked for by a hidden command. Nothing of
// what stands on the line is ever evaluated by the shell a second time.
const BASH = String.raw`_partwise() {
  local line="\${COMP_LINE:0:COMP_POINT}" word cut candidate
  local -a words
  # The shell parts words at colons, which every location has: the line is parted again here.
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  cut="\${word%"\${word##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    # Names of objects are anybody's: quoted, they stay words whatever they hold.
    printf -v candidate %q "\${candidate#"$cut"}"
    COMPREPLY+=("$candidate")
  done < <(partwise __complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *[/=] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -o default -F _partwise partwise
`;

const ZSH = String.raw`#compdef partwise
_partwise() {
  local -a candidates open closed
  candidates=("\${(@f)$(partwise __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  open=(\${(M)candidates:#*[/=]})
  closed=(\${candidates:#*[/=]})
  if [[ -z "\${candidates[*]}" ]]; then
    _files
    return
  fi
  (( \${#open} )) && compadd -S '' -- "\${open[@]}"
  (( \${#closed} )) && compadd -- "\${closed[@]}"
}
if [[ "$zsh_eval_context" == *func ]]; then
  _partwise "$@"
else
  compdef _partwise partwise
fi
`;

const FISH = String.raw`function __partwise_complete
  set -l words (commandline -opc) (commandline -ct)
  partwise __complete -- $words[2..-1] 2>/dev/null
end
complete -c partwise -a '(__partwise_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** What a shell is to run at its start. */
export function completionScript(shell: Shell): string {
  // String.raw keeps the backslash before ${; the shell must not see it.
  return SCRIPTS[shell].replaceAll('\\${', '${');
}
