import { formatDuration, parseDurationMs } from "../../balancer/config/duration.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { type OptionTypes, parseStrictly, type Values } from "./parse-strictly.ts";

/** Reads the values of options that {@link parseStrictly} found. What is wrong with them comes at once, a line each. */
export interface OptionReader<Name extends string> {
  /** What `from` makes of the option's text; undefined when the option is absent or, with a fault, when `from` gives that. */
  read<T>(name: Name, expected: string, from: (text: string) => T | undefined): T | undefined;
  /** A whole number of at most nine digits. */
  whole(name: Name, least: number, most?: number): number | undefined;
  /** A number above 0. */
  above0(name: Name, most: number): number | undefined;
  /** Some of `known`, with commas between; each unknown one is a fault by itself. */
  names<Known extends string>(name: Name, known: readonly Known[]): readonly Known[] | undefined;
  one<Known extends string>(name: Name, known: readonly Known[]): Known | undefined;
  ratePerSecond(name: Name): number | undefined;
  /** Of `leastMs` or more, by itself of a millisecond; 0 allows none at all. */
  durationMs(name: Name, leastMs?: number): number | undefined;
  /** One more fault, of options that don't go together. */
  addFault(fault: string): void;
  /** `options` where nothing was wrong. */
  outcome<T>(options: T): Outcome<T>;
}

/** What every command knows besides its own. */
const common = {
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads a command line of options of these types, of `--json` and of `--help`. */
export function readOptions<const Types extends OptionTypes, Options>(
  args: readonly string[],
  types: Types,
  read: (
    values: Values<Types> & Values<typeof common>,
    reader: OptionReader<keyof Values<Types> & string>,
  ) => Options,
): Outcome<Options | "help"> {
  const parsed = parseStrictly<OptionTypes>(args, { ...types, ...common });
  if (!parsed.ok) return parsed;
  // As parseArgs types it, where the types of options are known.
  const values = parsed.value as Values<Types> & Values<typeof common>;
  if (values.help) return success("help");
  const reader = optionReader(values);
  return reader.outcome(read(values, reader));
}

export function optionReader<Values extends object>(values: Values): OptionReader<keyof Values & string> {
  type Name = keyof Values & string;
  const faults: string[] = [];
  const refuse = (name: Name, text: string, expected: string) => {
    faults.push(`--${name}: found ${JSON.stringify(text)}, expected ${expected}`);
  };
  const read = <T>(name: Name, expected: string, from: (text: string) => T | undefined): T | undefined => {
    const text: unknown = values[name];
    if (typeof text !== "string") return undefined;
    const value = from(text);
    if (value === undefined) refuse(name, text, expected);
    return value;
  };
  return {
    read,
    addFault: (fault) => void faults.push(fault),
    whole: (name, least, most) =>
      read(name, `a whole number from ${least} ${most === undefined ? "on" : `to ${most}`}`, (text) =>
        within(/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN, least, most),
      ),
    above0: (name, most) =>
      read(name, `a number above 0, up to ${most}`, (text) => {
        const value = Number(text);
        return value > 0 && value <= most ? value : undefined;
      }),
    names: (name, known) => {
      const text: unknown = values[name];
      if (typeof text !== "string") return undefined;
      return [...new Set(text.split(","))].flatMap((found) => {
        const one = known.find((candidate) => candidate === found);
        if (one === undefined) refuse(name, found, `some of ${known.join(", ")}`);
        return one === undefined ? [] : [one];
      });
    },
    one: (name, known) =>
      read(name, `one of ${known.join(", ")}`, (text) => known.find((candidate) => candidate === text)),
    ratePerSecond: (name) => read(name, `requests per second, above 0 and up to ${mostPerSecond}`, rateFrom),
    durationMs: (name, leastMs = 1) =>
      read(name, `a duration such as "10s", of ${formatDuration(leastMs)} or more`, (text) =>
        within(parseDurationMs(text) ?? Number.NaN, leastMs),
      ),
    outcome: (options) => (faults.length === 0 ? success(options) : failure(faults.join("\n"))),
  };
}

/** More than any generator can send: of such a rate the arrivals alone would fill the memory. */
const mostPerSecond = 1_000_000;

/** Requests per second; undefined for what is no number above 0, or beyond all that can be sent. */
export function rateFrom(text: string): number | undefined {
  const value = Number(text);
  return value > 0 && value <= mostPerSecond ? value : undefined;
}

function within(value: number, least: number, most = Number.POSITIVE_INFINITY): number | undefined {
  return value >= least && value <= most ? value : undefined;
}
