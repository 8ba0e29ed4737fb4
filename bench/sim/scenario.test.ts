import { expect, test } from "bun:test";
import { loadScenario, parseScenario, ScenarioError, scenarioNames } from "./scenario.ts";

const valid = {
  title: "two servers",
  clusters: [{ name: "c", servers: 2, workers: 1, meanMs: 10 }],
  load: 0.5,
  duration: "2s",
};

function faultOf(change: object): string {
  try {
    parseScenario(JSON.stringify({ ...valid, ...change }), "x", "x.json");
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
  return "no fault";
}

test("every committed scenario can be used", () => {
  expect(scenarioNames().length).toBeGreaterThanOrEqual(11);
  for (const name of scenarioNames()) expect(loadScenario(name).name).toBe(name);
});

test("durations become ms and the rest gets its defaults", () => {
  const scenario = parseScenario(JSON.stringify(valid), "x", "x.json");
  expect(scenario.duration).toBe(2000);
  expect(scenario.balancers).toBe(1);
  expect(scenario.measureFrom).toBe(0);
  expect(scenario.clusters[0]?.service).toBe("exponential");
});

test("a fault is told with file, field and what was expected", () => {
  expect(faultOf({ duration: "2 parsecs" })).toContain(
    'x.json: duration: "2 parsecs" is no duration such as',
  );
  expect(faultOf({ load: -1 })).toContain("x.json: load: ");
  expect(
    faultOf({
      loadSteps: [
        { at: "1s", load: 0.1 },
        { at: "1s", load: 0.2 },
      ],
    }),
  ).toContain("later and later");
  expect(faultOf({ loads: 1 })).toContain("loads");
  const event = { server: "c-9", at: "1s", until: "2s", down: true };
  expect(faultOf({ events: [event] })).toBe('x.json: events.0.server: found "c-9", expected one of c-1, c-2');
  expect(faultOf({ events: [{ ...event, server: "c-1", down: undefined }] })).toContain("one of slowdown");
});

test("what is no file, or no JSON, is told as well", () => {
  expect(() => loadScenario("no-such")).toThrow("expected a file or one of burst,");
  expect(() => parseScenario("{", "x", "x.json")).toThrow("x.json: no JSON");
});
