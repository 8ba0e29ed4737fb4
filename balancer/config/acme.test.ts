import { expect, test } from "bun:test";
import { fieldFaultsOf } from "./config.fixture.ts";
import { parseConfig } from "./load.ts";
import { masked } from "./masked.ts";

const groups = { g: { targets: [{ url: "http://127.0.0.1:1" }] } };
const routes = [{ group: "g" }];
const plain = { name: "plain", protocol: "http", listen: ":80", routes };
const secure = { name: "secure", protocol: "http", listen: ":443", routes, tls: { acme: ["Example.com"] } };
const acme = { termsAgreed: true, storage: "/var/lib/ballast/acme" };

const whole = (config: object) => ({ listeners: [plain, secure], groups, acme, ...config });
const parse = (config: object) => parseConfig(JSON.stringify(whole(config)), "lb.json");
const faultsOf = (config: object) => fieldFaultsOf(whole(config));

const withTls = (tls: unknown) => ({ listeners: [plain, { ...secure, tls }] });

test("names and where to keep things are enough", () => {
  expect(parse({})).toMatchObject({
    ok: true,
    config: {
      acme: { directory: "https://acme-v02.api.letsencrypt.org/directory" },
      listeners: [{}, { tls: [{ acme: ["example.com"] }] }],
    },
  });
});

test("all that may be said is taken", () => {
  const all = {
    ...acme,
    email: "ops@example.com",
    directory: "https://ca.example/directory",
    ca: "ca.pem",
    externalAccount: { keyId: "k", hmacKey: "h" },
    renewBefore: "30d",
    listener: "plain",
  };
  const result = parse({ acme: all, ...withTls([{ cert: "c", key: "k" }, { acme: ["a.example"] }]) });
  expect(result).toMatchObject({ ok: true, config: { acme: { renewBefore: 30 * 86_400_000 } } });
  expect(masked(all)).toMatchObject({ externalAccount: { keyId: "k", hmacKey: "********" } });
});

test("names need to be ones that the authority can look up and ask", () => {
  expect(faultsOf(withTls({ acme: ["*.example.com"] }))).toEqual([
    'listeners[1].tls.acme[0]: found "*.example.com", expected a name without wildcard: those are proved by DNS alone, which is not offered',
  ]);
  expect(faultsOf(withTls({ acme: ["10.0.0.1"] }))).toEqual([
    'listeners[1].tls.acme[0]: found "10.0.0.1", expected a name such as "example.com", not an address',
  ]);
  expect(faultsOf(withTls({ acme: [] }))).toEqual([
    "listeners[1].tls.acme: found [], expected not to be empty",
  ]);
  expect(faultsOf(withTls({ acme: ["a.example", "A.example"] }))).toEqual([
    'listeners[1].tls.acme: found ["a.example","A.example"], expected each name once',
  ]);
});

test("a certificate is in files or from the authority", () => {
  expect(faultsOf(withTls({ acme: ["a.example"], key: "k" }))).toEqual([
    'listeners[1].tls.key: found "k", expected no `key` beside `acme`',
  ]);
  expect(faultsOf(withTls({ cert: "c" }))).toEqual([
    "listeners[1].tls.key: found nothing, expected a PEM file with the private key",
  ]);
  expect(faultsOf(withTls({}))).toEqual([
    "listeners[1].tls.cert: found nothing, expected a PEM file with the certificate, or names in `acme`",
  ]);
  expect(faultsOf(withTls({ acmee: ["a.example"] }))).toContain(
    'listeners[1].tls.acmee: found an unknown key, expected "acme"',
  );
});

test("names need an authority, and the authority a listener to ask", () => {
  expect(faultsOf({ acme: undefined })).toEqual([
    'listeners[1].tls.acme: found names, and no `acme` beside `listeners`, expected `acme` there, such as {"termsAgreed": true, "storage": "/var/lib/ballast/acme"}',
  ]);
  const elsewhere = { ...plain, listen: ":8080" };
  expect(faultsOf({ listeners: [elsewhere, secure] })).toEqual([
    "acme: found no http listener on port 80, where the authority asks, expected one, or in `listener` the name of the one that questions to port 80 are forwarded to",
  ]);
  expect(faultsOf({ listeners: [elsewhere, secure], acme: { ...acme, listener: "plain" } })).toEqual([]);
  expect(faultsOf({ acme: { ...acme, listener: "secure" } })).toEqual([
    'acme.listener: found "secure", expected the name of an http listener without `tls`',
  ]);
  expect(faultsOf({ acme: { ...acme, termsAgreed: false, directory: "http://ca.example" } })).toEqual([
    "acme.termsAgreed: found false, expected true: the authority gives no certificate to who does not agree",
    'acme.directory: found "http://ca.example", expected an https:// URL, such as "https://acme-staging-v02.api.letsencrypt.org/directory"',
  ]);
});
