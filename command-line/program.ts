/** One option: what `parseArgs` of node:util needs to read it, and what --help and shell completion say of it. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly default?: string | boolean;
  /** What --help calls its value, such as `FILE`. */
  readonly value?: string;
  /** For people; what stands before the first `;`, `:` or bracket is enough where there is little room. */
  readonly says: string;
  /** Values that it may have; with `files`, beside files. */
  readonly known?: readonly string[];
  /** Whether the value may be a file. */
  readonly files?: boolean;
}

export type Options = Readonly<Record<string, Option>>;

/** What a program, or one of its subcommands, takes. */
export interface Command {
  readonly name: string;
  readonly says: string;
  readonly options: Options;
  /** Words that may follow its name. */
  readonly words?: readonly string[];
}

export interface Program extends Command {
  /** Each is the first word behind the program's name. */
  readonly subcommands: readonly Command[];
}

/** The start of what an option or a command says. */
export function brief({ says }: Pick<Command, "says">): string {
  return says.split(/[;:.]? \(|[;:] /)[0] ?? says;
}
