import {bin} from '../../program.js';

const name = `_${bin.replaceAll(/\W/g, '_')}_complete`;

/**
 * The completion scripts. Each asks the hidden command `complete`, which prints `VALUE<tab>TEXT` for every
 * candidate; without any, the shell completes file names.
 */
export const COMPLETION_SCRIPTS = {
  bash: `${name}() {
  local candidate
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    COMPREPLY+=("$candidate")
  done < <(command ${bin} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F ${name} ${bin}
`,
  zsh: `#compdef ${bin}
${name}() {
  local -a candidates
  local value text
  while IFS=$'\\t' read -r value text; do
    candidates+=("\${value//:/\\\\:}\${text:+:}$text")
  done < <(command ${bin} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#candidates )); then
    _describe '' candidates
  else
    _files
  fi
}
compdef ${name} ${bin}
`,
  fish: `function ${name}
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    set -l candidates (command ${bin} complete -- $words "$current" 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\\n' $candidates
    else
        __fish_complete_path "$current"
    end
end
complete -c ${bin} -f -a '(${name})'
`,
};
