import { z } from "zod";
import { fail, type Result, succeed } from "../result.ts";

const longestMs = 3_600_000;

// Every message below says what was expected; `faultsIn` adds where, and what was found instead.
function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: `an object with ${Object.keys(shape).join(", ")}` });
}

const durationMs = z
  .number({ error: `a number of milliseconds above 0 and up to ${longestMs}` })
  .positive()
  .max(longestMs);

const serviceTimeSchema = z.discriminatedUnion(
  "distribution",
  [
    object({ distribution: z.literal("constant"), meanMs: durationMs }),
    object({ distribution: z.literal("exponential"), meanMs: durationMs }),
    object({
      distribution: z.literal("lognormal"),
      meanMs: durationMs,
      /** Of the logarithm: 0.5 has a p99 of 2.8 × the mean, 1 of 6.2 ×. */
      sigma: z.number({ error: "a number above 0 and up to 3" }).positive().max(3).default(0.5),
    }),
  ],
  {
    error: ({ code }) =>
      code === "invalid_union"
        ? '"constant", "exponential" or "lognormal"'
        : "an object with distribution, meanMs",
  },
);

const noisyNeighbourSchema = object({
  everyMs: durationMs,
  forMs: durationMs,
  slowdown: z.number({ error: "a number from 1 to 1000" }).min(1).max(1000),
}).refine((noise) => noise.forMs < noise.everyMs, { path: ["forMs"], error: "less than everyMs" });

const profileSchema = object({
  /** Requests served at the same time; the others wait. */
  workers: z.int({ error: "a whole number from 1 to 1024" }).min(1).max(1024),
  /** How long a request keeps a worker busy. */
  service: serviceTimeSchema,
  /** Once in `everyMs`, for `forMs`, work that starts takes `slowdown` times as long. */
  noisyNeighbour: noisyNeighbourSchema.optional(),
});

/** How the machine that the backend pretends to run on behaves. */
export type Profile = z.output<typeof profileSchema>;
export type ServiceTime = Profile["service"];
export type NoisyNeighbour = NonNullable<Profile["noisyNeighbour"]>;

/** Checks what a profile file holds. Each fault tells the field, what was found there and what was expected. */
export function parseProfile(input: unknown): Result<Profile> {
  const parsed = profileSchema.safeParse(input);
  return parsed.success ? succeed(parsed.data) : fail(...parsed.error.issues.flatMap(faultsIn(input)));
}

function faultsIn(input: unknown) {
  return (issue: z.core.$ZodIssue): string[] => {
    const field = issue.path.length === 0 ? "profile" : issue.path.join(".");
    const found =
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => `the key ${JSON.stringify(key)}`)
        : [describe(valueAt(input, issue.path))];
    return found.map((what) => `${field}: found ${what}, expected ${issue.message}`);
  };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
