import { expect, test } from "bun:test";
import { configSchema } from "../config/schema.ts";
import { Counts, countsMemoryFor, createCountsMemory } from "./counts.ts";

const configOf = (...groups: string[]) =>
  configSchema.parse({
    listeners: [{ name: "web", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: groups[0] }] }],
    groups: Object.fromEntries(groups.map((name) => [name, { targets: [{ url: "http://127.0.0.1:1" }] }])),
  });

test("threads' counts add up, and a thread that is no more leaves what it counted but nothing open", () => {
  const memory = createCountsMemory(configOf("g"), 3);
  const [main, one, two] = [0, 1, 2].map((thread) => new Counts(memory, thread));
  one?.ofGroup("g")?.add("hedges", 2);
  two?.ofGroup("g")?.add("hedges");
  for (const each of [one, two]) {
    each?.ofGroup("g")?.add("queued", 3);
    each?.ofGroup("g")?.set("limit", 10);
  }
  const seen = main?.ofGroup("g");
  expect([seen?.sum("hedges"), seen?.sum("queued"), seen?.sum("limit")]).toEqual([3, 6, 20]);
  main?.closeAllOf(2);
  expect([seen?.sum("hedges"), seen?.sum("queued"), seen?.sum("limit")]).toEqual([3, 3, 10]);
});

test("a listener that another config has no more is told of no more, though its last requests are counted", () => {
  const before = configOf("g");
  const memory = createCountsMemory(before, 1);
  const counts = new Counts(memory, 0);
  const after = { ...before, listeners: before.listeners.map((each) => ({ ...each, name: "other" })) };
  const next = counts.prepare(countsMemoryFor(after, memory));
  for (const listener of before.listeners) next.of(listener).opened();
  counts.become(next);
  expect([...counts.all()].map(({ name }) => name)).toEqual(["other"]);
});

test("another config counts on for groups that stay, and knows no others", () => {
  const memory = createCountsMemory(configOf("stays", "goes"), 1);
  const counts = new Counts(memory, 0);
  counts.ofGroup("stays")?.add("mirrored", 7);
  const next = counts.prepare(countsMemoryFor(configOf("comes", "stays"), memory));
  expect(counts.ofGroup("comes")).toBeUndefined();
  counts.become(next);
  expect(counts.ofGroup("stays")?.sum("mirrored")).toBe(7);
  expect(counts.ofGroup("comes")?.sum("mirrored")).toBe(0);
  expect([...counts.ofGroups()].map(([name]) => name)).toEqual(["comes", "stays"]);
});
