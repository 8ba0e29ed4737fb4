import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig } from "../balancer/config/load.ts";
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
