import { bashCompletion } from "./bash-completion.ts";
import { fishCompletion } from "./fish-completion.ts";
import { optionLines } from "./help.ts";
import type { Command, Options, Program } from "./program.ts";
import { zshCompletion } from "./zsh-completion.ts";

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
const shells = Object.keys(scripts) as (keyof typeof scripts)[];

const options = {
  help: { type: "boolean", short: "h", says: "print this" },
} as const satisfies Options;

/** The subcommand `completion`, which every program has. */
export const completionCommand: Command = {
  name: "completion",
  says: "print a script that completes commands, options and values",
  options,
  words: shells,
};

/** `<program> completion bash|zsh|fish`; `args` is what stands behind `completion`. Gives the exit code. */
export function runCompletion(args: readonly string[], program: Program): 0 | 2 {
  const help = helpOf(program.name);
  const [typed, ...more] = args;
  if (typed === "--help" || typed === "-h") {
    process.stdout.write(help);
    return 0;
  }
  const shell = shells.find((each) => each === typed);
  if (shell !== undefined && more.length === 0) {
    process.stdout.write(scripts[shell](program));
    return 0;
  }
  const found = args.length === 0 ? "nothing" : args.map((arg) => JSON.stringify(arg)).join(" ");
  process.stderr.write(
    `${program.name} completion: found ${found}, expected ${shells.join(", ")}\n\n${help}`,
  );
  return 2;
}

function helpOf(name: string): string {
  return `Prints a script that has a shell complete ${name}'s commands, options and their values.

usage: ${name} completion bash|zsh|fish

${optionLines(options)}

examples:
  source <(${name} completion bash)      # this shell alone; in ~/.bashrc: each
  ${name} completion bash > ~/.local/share/bash-completion/completions/${name}
  source <(${name} completion zsh)       # in ~/.zshrc, behind compinit
  ${name} completion zsh > "\${fpath[1]}/_${name}"
  ${name} completion fish > ~/.config/fish/completions/${name}.fish

exit codes: 0 printed, 2 bad command line
`;
}
