import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { faultsOf, type Json } from "./config.fixture.ts";
import { formatPath } from "./fault.ts";

const duration = fc
  .tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom("ms", "s", "m", "h"))
  .map(([n, unit]) => `${n}${unit}`);
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const policy = fc.oneof(
  fc.constantFrom("round-robin", "random", "least-connections", "ewma", "prequal", "hash"),
  fc.record({
    name: fc.constantFrom("ewma", "p2c-ewma"),
    decay: optional(duration),
    on: optional(fc.constantFrom("first-byte", "complete")),
  }),
  fc.record({ name: fc.constant("weighted-round-robin"), smooth: optional(fc.boolean()) }),
  fc.record({ name: fc.constant("hash"), on: fc.constantFrom("ip", "header:x-user", "cookie:s") }),
);

const group = fc.record({
  policy: optional(policy),
  health: optional(
    fc.oneof(fc.constant(false), fc.record({ path: fc.constant("/health?x"), interval: duration })),
  ),
  targets: fc
    .uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 3 })
    .map((ports) =>
      ports
        .map((port) => ({ url: `http://10.0.0.1:${port}`, weight: 0.5 + port }))
        .map((each) => ({ ...each, weight: each.weight % 1000 })),
    ),
  connectTimeout: optional(duration),
  retries: optional(fc.nat(10)),
});

const groups = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9 .-]{0,8}$/), group, { minKeys: 1, maxKeys: 3 });

/** Valid configs as the file holds them. */
const validConfig = groups.chain((known) =>
  fc.record({
    listeners: fc
      .uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 2 })
      .chain((ports) =>
        fc.tuple(
          ...ports.map((port) =>
            fc.record({
              name: fc.constant(`l${port}`),
              protocol: fc.constant("http"),
              listen: fc.constantFrom(`127.0.0.1:${port}`, `[::1]:${port}`, `:${port}`),
              routes: fc.uniqueArray(
                fc.record({
                  path: fc.constantFrom("/", "/a", "/a/b"),
                  group: fc.constantFrom(...Object.keys(known)),
                }),
                { minLength: 1, selector: (route) => route.path },
              ),
              status: optional(fc.constant("/status")),
              trustedProxies: optional(fc.constant(["10.0.0.0/8"])),
            }),
          ),
        ),
      ),
    groups: fc.constant(known),
    drainTimeout: optional(duration),
  }),
);

/** Every place in a value at which something stands, from the root down. */
function placesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Array.isArray(value)
    ? value.map((each, index) => [index, each] as const)
    : Object.entries(value);
  return [
    path,
    ...below
      .filter(([, each]) => each !== undefined)
      .flatMap(([key, each]) => placesOf(each, [...path, key])),
  ];
}

/** A copy in which `change` has been made to what stands at `path`. */
function changed(
  value: unknown,
  path: readonly (string | number)[],
  change: (old: unknown) => unknown,
): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = changed(copy[key], rest, change);
  return copy;
}

describe("any valid config", () => {
  test("is taken, and its JSON text may be laid out in any way", () => {
    fc.assert(
      fc.property(validConfig, fc.nat(4), (config, indent) => {
        expect(faultsOf(JSON.stringify(config, null, indent))).toEqual([]);
      }),
    );
  });

  test("with a key that nobody knows has one fault, and it points at that key", () => {
    fc.assert(
      fc.property(validConfig, fc.nat(), (config, pick) => {
        const places = placesOf(config).filter((path) => {
          const value = path.reduce<unknown>((at, key) => (at as Json)[key], config);
          return typeof value === "object" && !Array.isArray(value) && path.join() !== "groups";
        });
        const path = places[pick % places.length] ?? [];
        const text = JSON.stringify(
          changed(config, path, (old) => ({ ...(old as Json), zzzz: 1 })),
          null,
          2,
        );
        const faults = faultsOf(text);
        expect(faults).toHaveLength(1);
        const [, line, column, rest] = /^lb\.json:(\d+):(\d+): (.*)$/.exec(faults[0] ?? "") ?? [];
        expect(rest).toStartWith(`${formatPath([...path, "zzzz"])}: found an unknown key, expected `);
        expect(text.split("\n")[Number(line) - 1]?.slice(Number(column) - 1)).toStartWith('"zzzz": 1');
      }),
    );
  });

  test("with one value of a wrong type has faults there and nowhere else", () => {
    fc.assert(
      fc.property(validConfig, fc.nat(), (config, pick) => {
        const leaves = placesOf(config).filter((path) => {
          const value = path.reduce<unknown>((at, key) => (at as Json)[key], config);
          return typeof value !== "object";
        });
        const path = leaves[pick % leaves.length] ?? [];
        const faults = faultsOf(changed(config, path, () => [{}]));
        expect(faults.length).toBeGreaterThan(0);
        for (const fault of faults)
          expect(fault.replace(/^lb\.json:\d+:\d+: /, "")).toStartWith(formatPath(path));
      }),
    );
  });

  test("with any damage to its text is taken or refused, but never throws", () => {
    fc.assert(
      fc.property(
        validConfig,
        fc.nat(),
        fc.nat(12),
        fc.string({ unit: "binary", maxLength: 4 }),
        (config, at, cut, put) => {
          const text = JSON.stringify(config);
          const start = at % text.length;
          const faults = faultsOf(text.slice(0, start) + put + text.slice(start + cut));
          for (const fault of faults) expect(fault).toStartWith("lb.json:");
        },
      ),
      { numRuns: 500 },
    );
  });
});
