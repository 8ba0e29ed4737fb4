import type { Command, Options, Program } from "./program.ts";

/** A script for bash 4 or later to source, or to keep in its completions' directory. */
export function bashCompletion(program: Program): string {
  const { name, subcommands } = program;
  const commands = [{ ...program, name: "" }, ...subcommands];
  const own = `_${name}_completion`;
  return `# bash completion of ${name}, written by "${name} completion bash"
${own}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= words=
  # In --name=value the sign is a word of its own.
  if [[ $current == "=" ]]; then
    current=
  elif [[ $previous == "=" ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if (( COMP_CWORD > 1 )); then
    case \${COMP_WORDS[1]} in
      ${subcommands.map((each) => each.name).join(" | ")}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  COMPREPLY=()
  case $command:$previous in
${commands.flatMap(valueCases).join("\n")}
    *)
      case $command in
${subcommands.map((each) => `        ${each.name}) words="${wordsOf(each)}" ;;`).join("\n")}
        *)
          words="${flags(program.options)}"
          (( COMP_CWORD > 1 )) || words+=" ${subcommands.map((each) => each.name).join(" ")}"
          ;;
      esac
      ;;
  esac
  # The words are parted by blanks, whatever the user's IFS is.
  local IFS=$' \\t\\n'
  [[ -z $words ]] || COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${own} ${name}
`;
}

/** What may stand behind each option that takes a value. */
function valueCases({ name, options }: Command): string[] {
  return Object.entries(options)
    .filter(([, { type }]) => type === "string")
    .map(([option, { known = [], files }]) => {
      const words = `words="${known.join(" ")}"`;
      // Bash's own completion of files: it knows of quotes, blanks and ~. It comes in where no word fits.
      const steps = files === true ? `${words}; compopt -o default 2> /dev/null` : words;
      return `    ${name}:--${option}) ${steps} ;;`;
    });
}

const wordsOf = ({ words = [], options }: Command) => [...words, flags(options)].join(" ");

const flags = (options: Options) =>
  Object.keys(options)
    .map((option) => `--${option}`)
    .join(" ");
