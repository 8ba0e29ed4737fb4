import { brief, type Command, type Option, type Options, type Program } from "./program.ts";

/** A script for zsh to source, or to keep as a file `_<name>` in its `fpath`. */
export function zshCompletion(program: Program): string {
  const { name, subcommands } = program;
  const own = `_${name}`;
  return `#compdef ${name}
# zsh completion of ${name}, written by "${name} completion zsh"
${own}() {
  local -a commands=(
${subcommands.map((each) => `    ${quoted(`${each.name}:${brief(each)}`)}`).join("\n")}
  )
  if (( CURRENT > 2 )); then
    case $words[2] in
${subcommands.map(subcommandCase).join("\n")}
    esac
  fi
  (( CURRENT == 2 )) && _describe -t commands command commands
  _arguments ${specsOf(program.options).join(" \\\n    ")}
}
# As a file of fpath it is the function's body, and has to do its work the first time as well.
if [[ $funcstack[1] == ${own} ]]; then
  ${own} "$@"
else
  compdef ${own} ${name}
fi
`;
}

function subcommandCase({ name, words, options }: Command): string {
  const specs = [
    ...specsOf(options),
    ...(words === undefined ? [] : [quoted(`1:word:(${words.join(" ")})`)]),
  ];
  return `      ${name})
        shift words
        (( CURRENT-- ))
        _arguments ${specs.join(" \\\n          ")}
        return
        ;;`;
}

/** Specifications of `_arguments`, see zshcompsys(1). */
function specsOf(options: Options): string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const names = [`--${name}`, ...(option.short === undefined ? [] : [`-${option.short}`])];
    const others = names.length > 1 ? `(${names.join(" ")})` : "";
    const says = `[${brief(option).replaceAll(/[\\[\]]/g, "\\$&")}]`;
    return names.map((each) =>
      quoted(
        `${others}${each}${option.type === "string" && each.startsWith("--") ? "=" : ""}${says}${valueSpec(option)}`,
      ),
    );
  });
}

function valueSpec({ type, value = "VALUE", known, files }: Option): string {
  if (type === "boolean") return "";
  if (files === true && known !== undefined) return `:${value}:{ compadd -- ${known.join(" ")}; _files }`;
  if (files === true) return `:${value}:_files`;
  return known === undefined ? `:${value}: ` : `:${value}:(${known.join(" ")})`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
