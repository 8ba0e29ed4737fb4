import { brief, type Command, type Option, type Program } from "./program.ts";

/** A script for fish to source, or to keep in its completions' directory. */
export function fishCompletion(program: Program): string {
  const { name, subcommands } = program;
  // The first word alone can be a subcommand: `--config top` names a file.
  const words = "set -l words (commandline -opc)";
  const names = subcommands.map((each) => each.name);
  return [
    `# fish completion of ${name}, written by "${name} completion fish"`,
    `complete -c ${name} -f`,
    ...subcommands.map(
      (each) =>
        `complete -c ${name} -n ${quoted(`${words}; test (count $words) -eq 1`)} -a ${each.name} -d ${quoted(brief(each))}`,
    ),
    ...linesOf(name, program, `${words}; not contains -- "$words[2]" ${names.join(" ")}`),
    ...subcommands.flatMap((each) => linesOf(name, each, `${words}; test "$words[2]" = ${each.name}`)),
    "",
  ].join("\n");
}

function linesOf(program: string, { options, words }: Command, condition: string): string[] {
  const begin = `complete -c ${program} -n ${quoted(condition)}`;
  return [
    ...(words === undefined ? [] : [`${begin} -a ${quoted(words.join(" "))}`]),
    ...Object.entries(options).map(([name, option]) => {
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      return `${begin}${short} -l ${name}${takes(option)} -d ${quoted(brief(option))}`;
    }),
  ];
}

function takes({ type, known, files }: Option): string {
  if (type === "boolean") return "";
  const words = known === undefined ? "" : ` -a ${quoted(known.join(" "))}`;
  return `${files === true ? " -r -F" : " -x"}${words}`;
}

const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
