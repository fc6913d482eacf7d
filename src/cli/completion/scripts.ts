// Owns the completion script of each shell, with the program's commands written into it: nothing is run to complete a word.
import type { CompletionPlace, CompletionTree } from './tree.js';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type CompletedShell = (typeof SHELLS)[number];

export function completionScript(shell: CompletedShell, tree: CompletionTree): string {
  return WRITERS[shell](tree);
}

const WRITERS: Readonly<Record<CompletedShell, (tree: CompletionTree) => string>> = {
  bash: (tree) => `${posixFunction(tree, '_dtms_words')}
_dtms() {
  local IFS=$'\\n' found
  found=$(_dtms_words "\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _dtms dtms
`,
  zsh: (tree) => `#compdef dtms
${posixFunction(tree, '_dtms_words')}
_dtms() {
  local -a found
  found=(\${(f)"$(_dtms_words "\${(@)words[2,CURRENT]}")"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
if [ "$funcstack[1]" = _dtms ]; then _dtms "$@"; else compdef _dtms dtms; fi
`,
  fish: (tree) => `${fishFunction(tree)}
complete -c dtms -f -a '(__dtms_words)'
`,
  powershell: (tree) => powershell(tree),
};

/** Prints what may stand where the last of its arguments does, one a line. It is bash and zsh alike. */
function posixFunction({ places, valued }: CompletionTree, name: string): string {
  return `${name}() {
  local at='' before='' last='' word
  for word in "$@"; do
    case "$at/$last" in
${paths(places)}) at="$at/$last" ;;
    esac
    before=$last last=$word
  done
  case "$at $before" in
${choiceCases(places, (flags, words) => `    ${flags}) ${posixPrint(words)}; return ;;`)}
  esac
  case "$before" in
    ${valued.join(' | ')}) return ;;
  esac
  case "$at $last" in
${places.map(({ path, options }) => `    '${path} -'*) ${posixPrint(options)} ;;`).join('\n')}
${places.map(({ path, words }) => `    '${path} '*) ${words.length === 0 ? ':' : posixPrint(words)} ;;`).join('\n')}
  esac
}`;
}

const posixPrint = (words: readonly string[]): string => `printf '%s\\n' ${words.join(' ')}`;

/** Of the commands alone: the program itself is where every line begins. */
const paths = (places: readonly CompletionPlace[]): string =>
  `      ${places
    .filter(({ path }) => path !== '')
    .map(({ path }) => path)
    .join(' | ')}`;

function choiceCases(
  places: readonly CompletionPlace[],
  line: (flag: string, words: readonly string[]) => string,
): string {
  return places
    .flatMap(({ path, choices }) => Array.from(choices, ([flag, words]) => line(`'${path} ${flag}'`, words)))
    .join('\n');
}

function fishFunction({ places, valued }: CompletionTree): string {
  const commands = places.filter(({ path }) => path !== '').map(({ path }) => path);
  const cases = (found: readonly string[]) => found.join(' ');
  return `function __dtms_words
  set -l at ''
  set -l before ''
  for word in (commandline -opc)[2..-1]
    switch "$at/$word"
      case ${cases(commands)}
        set at "$at/$word"
    end
    set before $word
  end
  set -l last (commandline -ct)
  switch "$at $before"
${choiceCases(places, (flag, words) => `    case ${flag}\n      printf '%s\\n' ${words.join(' ')}\n      return`)}
  end
  switch "$before"
    case ${cases(valued)}
      __fish_complete_path "$last"
      return
  end
  switch "$at $last"
${places.map(({ path, options }) => `    case '${path} -*'\n      printf '%s\\n' ${options.join(' ')}`).join('\n')}
${places
  .map(({ path, words }) => {
    const print = words.length === 0 ? '__fish_complete_path "$last"' : `printf '%s\\n' ${words.join(' ')}`;
    return `    case '${path} *'\n      ${print}`;
  })
  .join('\n')}
  end
end`;
}

function powershell({ places, valued }: CompletionTree): string {
  const list = (words: readonly string[]) => `@(${words.map((word) => `'${word}'`).join(', ')})`;
  const rows = places.map(({ path, words, options, choices }) => {
    const chosen = Array.from(choices, ([flag, found]) => `'${flag}' = ${list(found)}`).join('; ');
    return `    '${path}' = @{ words = ${list(words)}; options = ${list(options)}; choices = @{ ${chosen} } }`;
  });
  return `Register-ArgumentCompleter -Native -CommandName dtms -ScriptBlock {
  param($last, $line, $position)
  $places = @{
${rows.join('\n')}
  }
  $valued = ${list(valued)}
  $at = ''; $before = ''
  foreach ($element in @($line.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $position -and $last -ne '') { break }
    $word = $element.ToString()
    if ($places.ContainsKey("$at/$word")) { $at = "$at/$word" }
    $before = $word
  }
  $place = $places[$at]
  if ($place.choices.ContainsKey($before)) { $found = $place.choices[$before] }
  elseif ($valued -contains $before) { return }
  elseif ($last.StartsWith('-')) { $found = $place.options }
  else { $found = $place.words }
  $found | Where-Object { $_ -like "$last*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`;
}
