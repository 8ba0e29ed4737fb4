import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { loadConfig, parseConfig } from "../balancer/config/load.ts";
import { renderPage } from "./config-docs.ts";

const root = join(import.meta.dir, "..");

test("docs/configuration.md says what the schema says", async () => {
  const page = await Bun.file(join(root, "docs", "configuration.md")).text();
  // When it fails: bun scripts/config-docs.ts
  expect(renderPage(page)).toBe(page);
});

test.each(["lb.json", "tcp.json", "control.json", "compose-lb.json", "traffic.json", "acme.json"])(
  "the example config %s is valid",
  (name) => {
    expect(loadConfig(join(root, "examples", name))).toMatchObject({ ok: true });
  },
);

/** Each config of a page that is a whole one, with its line. */
function wholeConfigsOf(page: string, text: string): [string, string][] {
  return [...text.matchAll(/```json\n(\{[\s\S]*?)```/g)].flatMap(({ index, 1: config = "" }) => {
    const line = text.slice(0, index).split("\n").length + 1;
    return config.includes('"listeners"') && config.includes('"groups"') ? [[`${page}:${line}`, config]] : [];
  });
}

const docs = join(root, "docs");
const shown = (
  await Promise.all(
    [...new Glob("*.md").scanSync(docs)].map(async (page) =>
      wholeConfigsOf(page, await Bun.file(join(docs, page)).text()),
    ),
  )
).flat();

test("docs show whole configs", () => {
  expect(shown.length).toBeGreaterThan(4);
});

test.each(shown)("the config at %s is valid", (place, config) => {
  expect(parseConfig(config, place)).toMatchObject({ ok: true });
});
