import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "./load.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ballast-config-"));
});
afterAll(() => rm(directory, { recursive: true }));

const config = '{\n  "listeners": [], "groups": {},\n  "control": { "listen": "127.0.0.1:8081" }\n}\n';

async function load(bytes: Uint8Array | string) {
  const file = join(directory, "lb.json");
  await Bun.write(file, bytes);
  const loaded = loadConfig(file);
  return loaded.ok ? "taken" : loaded.faults.map((line) => line.replace(`${directory}/`, ""));
}

test.each([
  ["as it is", config],
  ["with a byte order mark", `\uFEFF${config}`],
  ["with lines of Windows", config.replaceAll("\n", "\r\n")],
  [
    "with a character that stands for damage",
    config.replace("{}", '{ "\uFFFD": { "targets": [{ "url": "tcp://h:1" }] } }'),
  ],
])("a file is taken %s", async (_what, text) => {
  expect(await load(text)).toBe("taken");
});

describe("a file that is no UTF-8 says where", () => {
  test.each([
    ["Latin-1", Buffer.from(config.replace("8081", "8081é"), "latin1"), "lb.json:3:41: found the byte 0xe9"],
    ["UTF-16", Buffer.from(`\uFEFF${config}`, "utf16le"), "lb.json:1:1: found the byte 0xff"],
    ["cut within a character", Buffer.from(`${config}é`).subarray(0, -1), "lb.json:5:1: found the byte 0xc3"],
  ])("%s", async (_what, bytes, fault) => {
    expect(await load(bytes)).toEqual([`${fault}, which is no UTF-8, expected UTF-8`]);
  });
});

test.each(["[]", '"x"', "7", "null"])("%s has one fault", async (text) => {
  expect(await load(text)).toEqual([`lb.json:1:1: (root): found ${text}, expected an object`]);
});
