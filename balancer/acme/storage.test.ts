import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issue } from "../testing/certificates.ts";
import { AcmeStorage } from "./storage.ts";

const authority = await createAuthority();
const directory = "https://ca.example/acme/directory";

let root: string;
let storage: AcmeStorage;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ballast-storage-"));
  storage = new AcmeStorage({ storage: root, directory });
  storage.open();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const certificates = () => join(root, "ca.example-acme-directory", "certificates");

test("gives back what was saved, whatever the order of the names", async () => {
  const pair = await issue(authority, "a.example", "b.example");
  storage.save(["b.example", "a.example"], { ...pair, cert: `${pair.cert.trimEnd()}\n${authority.cert}` });
  const stored = storage.certificateOf(["a.example", "b.example"]);
  expect(stored?.key.trim()).toBe(pair.key.trim().replaceAll("\r\n", "\n"));
  expect(stored?.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(stored?.cert).not.toContain("PRIVATE KEY");
  expect(storage.certificateOf(["a.example"])).toBeUndefined();
});

test("is for its owner alone, and leaves nothing unfinished", async () => {
  storage.saveAccountKey("a key");
  expect(storage.accountKey).toBe("a key");
  storage.save(["a.example"], await issue(authority, "a.example"));
  const [file = "", ...others] = readdirSync(certificates());
  expect(others).toEqual([]);
  expect(file).toMatch(/^a\.example-[0-9a-f]{8}\.pem$/);
  expect(statSync(join(certificates(), file)).mode & 0o777).toBe(0o600);
  expect(statSync(certificates()).mode & 0o777).toBe(0o700);
});

test("until there is a certificate for the names, the one for most of them is shown", async () => {
  await Promise.all(
    [["a.example"], ["a.example", "b.example"], ["z.example"]].map(async (names) =>
      storage.save(names, await issue(authority, ...names)),
    ),
  );
  const both = storage.certificateOf(["a.example", "b.example"]);
  expect(storage.bestFor(["a.example", "b.example", "c.example"])).toEqual(both);
  expect(storage.bestFor(["c.example"])).toBeUndefined();
  const own = await issue(authority, "a.example", "b.example", "c.example");
  storage.save(["a.example", "b.example", "c.example"], own);
  expect(storage.bestFor(["a.example", "b.example", "c.example"])?.cert).toBe(
    `${own.cert.trim().replaceAll("\r\n", "\n")}\n`,
  );
});

test("what is no certificate counts as none, and one of another authority too", async () => {
  storage.save(["a.example"], await issue(authority, "a.example"));
  const other = new AcmeStorage({ storage: root, directory: "https://other.example/directory" });
  expect(other.bestFor(["a.example"])).toBeUndefined();
  const [file = ""] = readdirSync(certificates());
  writeFileSync(join(certificates(), file), "-----BEGIN CERTIFICATE-----\nhalf of it");
  expect(storage.bestFor(["a.example"])).toBeUndefined();
});
