import { type ParseArgsConfig, parseArgs } from "node:util";
import { failure, type Outcome, success } from "../outcome.ts";

export type OptionTypes = NonNullable<ParseArgsConfig["options"]>;

export type Values<Options extends OptionTypes> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; strict: true; allowPositionals: false }>
>["values"];

/** The options of a command line as texts and switches; an unknown one, or a word that is none, is a fault. */
export function parseStrictly<const Options extends OptionTypes>(
  args: readonly string[],
  options: Options,
): Outcome<Values<Options>> {
  try {
    return success(parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values);
  } catch (error) {
    // What parseArgs says of bad options; anything else is a bug.
    if (!(error instanceof TypeError)) throw error;
    return failure(error.message.replaceAll("\n", " "));
  }
}
