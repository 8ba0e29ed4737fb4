import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../check.ts";
import { faultLine } from "../config/load.ts";
import { createAuthority, issue } from "../testing/certificates.ts";

let directory = "";
const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "ballast-check-"));
  const authority = await createAuthority();
  const [one, two] = [await issue(authority, "a.test"), await issue(authority, "b.test")];
  const files = {
    "one.pem": one.cert,
    "one.key": one.key,
    "two.key": two.key,
    "damaged.pem": one.cert.replace(/\n.{10}/, "\n"),
    "bundle.pem": `${authority.cert}\n${one.cert.replace(/\n.{10}/, "\n")}`,
    "no.pem": "hello",
    "short.secret": "tooshort\n",
    "good.secret": "a secret of many characters\n",
    "targets.json": '["10.0.0.1:80"]',
    "bad-targets.json": '[{ "url": "http://10.0.0.1", "wieght": 2 }]',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  mkdirSync(at("folder"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const route = { routes: [{ group: "g" }] };
const plain = { name: "plain", protocol: "http", listen: "127.0.0.1:80", ...route };
const secure = { name: "secure", protocol: "http", listen: "127.0.0.1:443", ...route };
const group = { targets: [{ url: "http://127.0.0.1:1" }] };

/** The lines of faults and warnings, without the files' directory. */
function found(config: object) {
  const file = at("lb.json");
  writeFileSync(file, JSON.stringify({ listeners: [plain], groups: { g: group }, ...config }, null, 1));
  const { ok, faults, warnings } = check(file);
  const line = (fault: (typeof faults)[number]) =>
    faultLine(fault)
      .replaceAll(`${directory}/`, "")
      .replace(/^lb\.json:\d+:\d+: /, "");
  return { ok, faults: faults.map(line), warnings: warnings.map(line) };
}

const clean = { ok: true, faults: [], warnings: [] };
const inTls = (tls: object) => ({ listeners: [{ ...secure, tls }] });
const inGroup = (more: object) => ({ groups: { g: { ...group, ...more } } });
const nothing = (name: string) =>
  `"${name}": nothing that can be read (ENOENT: no such file or directory, open '${name}')`;

test("what is there, and what is made at the start, is no fault", () => {
  expect(
    found({
      listeners: [plain, { ...secure, tls: { cert: at("one.pem"), key: at("one.key") } }],
      groups: {
        g: {
          ...group,
          tls: { ca: at("one.pem") },
          sticky: { cookie: "r", secretFile: at("good.secret") },
          discovery: { provider: "file", path: at("targets.json") },
        },
      },
      acme: { termsAgreed: true, storage: at("acme/made"), ca: at("one.pem") },
      accessLog: at("access.log"),
      admin: { listen: "127.0.0.1:0", auditLog: at("audit.log") },
    }),
  ).toEqual(clean);
});

test.each<[string, () => object, string[]]>([
  [
    "certificate and key that are missing",
    () => inTls({ cert: at("a.pem"), key: at("a.key") }),
    [
      `listeners[0].tls.cert: found ${nothing("a.pem")}, expected a PEM file with the certificate and its chain`,
      `listeners[0].tls.key: found ${nothing("a.key")}, expected a PEM file with the private key`,
    ],
  ],
  [
    "the second of two certificates",
    () =>
      inTls([
        { cert: at("one.pem"), key: at("one.key") },
        { cert: at("no.pem"), key: at("one.key"), serverName: "b.test" },
      ]),
    [
      'listeners[0].tls[1].cert: found "no.pem": no PEM block, expected a PEM file with the certificate and its chain: "-----BEGIN …"',
    ],
  ],
  [
    "a key of another certificate",
    () => inTls({ cert: at("one.pem"), key: at("two.key") }),
    [
      `listeners[0].tls.key: found "two.key": a key that is not that of one.pem, expected the certificate's own`,
    ],
  ],
  [
    "a folder for a file",
    () => inTls({ cert: at("one.pem"), key: at("folder") }),
    [
      'listeners[0].tls.key: found "folder": nothing that can be read (EISDIR: illegal operation on a directory, read), expected a PEM file with the private key',
    ],
  ],
  [
    "authorities",
    () => inGroup({ tls: { ca: at("ca.pem") } }),
    [`groups.g.tls.ca: found ${nothing("ca.pem")}, expected a PEM file with the authorities to trust`],
  ],
  [
    "authorities that are none",
    () => inGroup({ tls: { ca: at("one.key") } }),
    ['groups.g.tls.ca: found "one.key": no certificate, expected a PEM file with the authorities to trust'],
  ],
  [
    "a secret's file",
    () => inGroup({ sticky: { cookie: "r", secretFile: at("secret") } }),
    [
      `groups.g.sticky.secretFile: found ${nothing("secret")}, expected a file with a secret of at least 16 characters`,
    ],
  ],
  [
    "a secret that is too short",
    () => inGroup({ sticky: { cookie: "r", secretFile: at("short.secret") } }),
    [
      'groups.g.sticky.secretFile: found "short.secret": one of 8 characters, expected a secret of at least 16 characters',
    ],
  ],
  [
    "a secret's variable",
    () => inGroup({ sticky: { cookie: "r", secretEnv: "BALLAST_NO_SUCH_SECRET" } }),
    [
      'groups.g.sticky.secretEnv: found "BALLAST_NO_SUCH_SECRET": no such variable in the environment, expected a secret of at least 16 characters',
    ],
  ],
  [
    "ACME's files",
    () => ({ acme: { termsAgreed: true, storage: at("no.pem/acme"), ca: at("ca.pem") } }),
    [
      `acme.ca: found ${nothing("ca.pem")}, expected a PEM file with the authorities to trust`,
      'acme.storage: found "no.pem/acme": no.pem, which is a file, expected a directory that can be written to',
    ],
  ],
])("%s", (_what, config, faults) => {
  expect(found(config())).toEqual({ ok: false, faults, warnings: [] });
});

test("one authority of several that is damaged is named", () => {
  const { faults } = found(inGroup({ tls: { ca: at("bundle.pem") } }));
  expect(faults).toEqual([
    expect.stringMatching(
      /^groups\.g\.tls\.ca: found "bundle\.pem": what can't be understood \(.+\), expected /,
    ),
  ]);
});

test("a certificate that is damaged is named", () => {
  const { faults } = found(inTls({ cert: at("damaged.pem"), key: at("one.key") }));
  expect(faults).toEqual([
    expect.stringMatching(
      /^listeners\[0\]\.tls\.cert: found "damaged\.pem": what can't be understood \(.+\), expected a certificate$/,
    ),
  ]);
});

test.each<[string, () => object, string]>([
  [
    "targets that may come later",
    () => inGroup({ discovery: { provider: "file", path: at("later.json") } }),
    `groups.g.discovery.path: found ${nothing("later.json")}, expected a list of targets, which may come later`,
  ],
  [
    "a list of targets with a fault",
    () => inGroup({ discovery: { provider: "file", path: at("bad-targets.json") } }),
    'groups.g.discovery.path: found "bad-targets.json": [0].wieght: found an unknown key, expected "weight", expected a list of targets',
  ],
  [
    "a log's directory",
    () => ({ accessLog: at("logs/access.log") }),
    `accessLog.file: found "logs/access.log": what can't be written to (ENOENT: no such file or directory, access 'logs'), expected a file that can be appended to`,
  ],
  [
    "a log that is a folder",
    () => ({ accessLog: { file: at("folder") } }),
    'accessLog.file: found "folder": a directory, expected a file that can be appended to',
  ],
  [
    "an audit log's directory",
    () => ({ admin: { listen: "127.0.0.1:0", auditLog: at("logs/audit.log") } }),
    `admin.auditLog: found "logs/audit.log": what can't be written to (ENOENT: no such file or directory, access 'logs'), expected a file that can be appended to`,
  ],
])("%s: a warning", (_what, config, warning) => {
  expect(found(config())).toEqual({ ok: true, faults: [], warnings: [warning] });
});
