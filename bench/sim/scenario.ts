import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { parseDurationMs } from "../../balancer/config/duration.ts";
import { serviceTimes } from "./service-time.ts";

const durationMs = z.string().transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms === undefined)
    context.addIssue({
      code: "custom",
      message: `${JSON.stringify(text)} is no duration such as "250ms" or "2s"`,
    });
  return ms ?? 0;
});

const share = z.number().min(0).max(1);

const clusterSchema = z.strictObject({
  /** Its servers are called `<name>-1`, `<name>-2` … */
  name: z.string(),
  servers: z.int().positive(),
  /** Requests that one server works on at the same time; the others queue. */
  workers: z.int().positive(),
  service: z.enum(serviceTimes).default("exponential"),
  meanMs: z.number().positive(),
  /** Configured for each of its servers. */
  weight: z.number().positive().default(1),
  /** Health probes take so many times as long as they should. */
  probeSlowness: z.number().positive().default(1),
  /** This share of the answers comes so much later, without keeping a worker busy. */
  lateAnswers: z.strictObject({ share, by: durationMs }).optional(),
});

const during = { server: z.string(), at: durationMs, until: durationMs };

const eventSchema = z.union(
  [
    z.strictObject({ ...during, slowdown: z.number().positive() }),
    z.strictObject({ ...during, down: z.literal(true) }),
    /** Answers a share of the requests with `status`, at once; health probes still succeed. */
    z.strictObject({ ...during, status: z.int().min(400).max(599), share: share.default(1) }),
  ],
  "expected server, at, until and one of slowdown (a number), down (true) and status (400 to 599)",
);

const scenarioSchema = z.strictObject({
  title: z.string(),
  clusters: z.array(clusterSchema).min(1),
  /** Poisson arrivals, as a fraction of what all servers together can serve. */
  load: z.number().min(0),
  /** From `at` on it is another one. */
  loadSteps: z
    .array(z.strictObject({ at: durationMs, load: z.number().min(0) }))
    .refine(
      (steps) => steps.every(({ at }, i) => at > (steps[i - 1]?.at ?? 0)),
      "expected later and later times",
    )
    .default([]),
  /** Requests that come besides, evenly over `within`. */
  bursts: z
    .array(z.strictObject({ at: durationMs, requests: z.int().positive(), within: durationMs }))
    .default([]),
  /** Independent balancers, each with its own view, sharing the arrivals at random. */
  balancers: z.int().positive().default(1),
  duration: durationMs,
  /** Requests that arrive before this are not counted; by default the cold start is. */
  measureFrom: durationMs.default(0),
  /** Health probes of every balancer to every server. */
  probes: z
    .strictObject({
      interval: durationMs,
      /** What a probe costs a server, as a fraction of a request. */
      work: z.number().min(0),
    })
    .optional(),
  events: z.array(eventSchema).default([]),
});

/** Durations in ms. */
export type Scenario = z.output<typeof scenarioSchema> & { readonly name: string };
export type ScenarioEvent = Scenario["events"][number];

/** A scenario that cannot be used; the message names file, field, what was found and what was expected. */
export class ScenarioError extends Error {}

const committed = join(import.meta.dir, "scenarios");

/** Names of the committed scenarios. */
export function scenarioNames(): string[] {
  return readdirSync(committed)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();
}

/** Reads a committed scenario by its name, or any by its path. Throws {@link ScenarioError}. */
export function loadScenario(nameOrPath: string): Scenario {
  const isName = scenarioNames().includes(nameOrPath);
  const path = isName ? join(committed, `${nameOrPath}.json`) : nameOrPath;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioError(`${path}: ${reason}; expected a file or one of ${scenarioNames().join(", ")}`);
  }
  return parseScenario(text, basename(path, ".json"), path);
}

/** Throws {@link ScenarioError}; `source` is what its message calls the text. */
export function parseScenario(text: string, name: string, source: string): Scenario {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ScenarioError(`${source}: no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = scenarioSchema.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      (issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`,
    );
    throw new ScenarioError(`${source}: ${faults.join("; ")}`);
  }
  const scenario = { ...parsed.data, name };
  const servers = scenario.clusters.flatMap(serverIds);
  for (const [index, { server }] of scenario.events.entries()) {
    if (!servers.includes(server))
      throw new ScenarioError(
        `${source}: events.${index}.server: found "${server}", expected one of ${servers.join(", ")}`,
      );
  }
  return scenario;
}

export function serverIds(cluster: Scenario["clusters"][number]): string[] {
  return Array.from({ length: cluster.servers }, (_, i) => `${cluster.name}-${i + 1}`);
}
