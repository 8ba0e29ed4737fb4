import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { type Balancer, startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { isPebbleMissing, Pebble, type PebbleOptions } from "../testing/pebble.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const names = ["www.example.com", "example.com"];
const waitMs = 10_000;
/** On a machine that is busy: a second or two otherwise. */
const slowMs = 30_000;

const stopping = stopAfterEach();

/** Where a balancer keeps what it obtains. */
function storageDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "ballast-acme-"));
  stopping({ stop: () => rmSync(directory, { recursive: true, force: true }) });
  return directory;
}

async function startPebble(
  options: Partial<PebbleOptions> & Pick<PebbleOptions, "httpPort">,
): Promise<Pebble> {
  return stopping(await Pebble.start({ validitySeconds: 3600, ...options }));
}

interface Wanted {
  readonly httpPort: number;
  readonly storage: string;
  readonly pebble: Pick<Pebble, "directory" | "ca">;
  readonly secure?: object;
  readonly acme?: object;
  readonly more?: object;
}

async function configOf({ httpPort, storage, pebble, secure, acme, more }: Wanted) {
  const origin = stopping(await RawOrigin.start((_request, connection) => connection.send(okWith("hi"))));
  const routes = [{ group: "g" }];
  return {
    listeners: [
      { name: "plain", protocol: "http", listen: `127.0.0.1:${httpPort}`, status: "/status", routes },
      { name: "secure", protocol: "http", listen: "127.0.0.1:0", routes, tls: { acme: names }, ...secure },
    ],
    groups: { g: { targets: [{ url: origin.url }], health: false } },
    acme: {
      termsAgreed: true,
      storage,
      email: "ops@example.com",
      directory: pebble.directory,
      ca: pebble.ca,
      listener: "plain",
      ...acme,
    },
    ...more,
  };
}

function load(config: object) {
  const loaded = parseConfig(JSON.stringify(config), "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded;
}

interface Started {
  readonly balancer: Balancer;
  readonly port: number;
  readonly lines: readonly string[];
}

async function start(config: object): Promise<Started> {
  const lines: string[] = [];
  const balancer = stopping(await startBalancer(load(config).config, (line) => lines.push(line)));
  return { balancer, port: Number(new URL(balancer.listeners[1]?.url ?? "").port), lines };
}

/** A connection on which the handshake is done, and whose certificate is trusted. */
function connected(port: number, ca: string, servername = "example.com"): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername, ca }, () => resolve(socket));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before the handshake was done")));
  });
}

async function shownAt(port: number, ca: string, servername?: string): Promise<PeerCertificate> {
  const socket = await connected(port, ca, servername);
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

const isShown = (port: number, ca: string, servername?: string) =>
  until("a trusted certificate is shown", () => shownAt(port, ca, servername).catch(() => undefined), waitMs);

const ask = (socket: TLSSocket) =>
  new Promise<string>((resolve) => {
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1")));
    socket.write("GET / HTTP/1.1\r\nhost: example.com\r\n\r\n");
  });

/** What a client gets that begins with a TLS hello, as far as the first record's head tells. */
function answerToHello(port: number): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  void Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => void socket.write(Buffer.from([22, 3, 1, 0, 1, 1])),
      data: (_socket, bytes) => resolve(Buffer.from(bytes)),
      close: () => resolve(Buffer.alloc(0)),
    },
  });
  return promise;
}

async function statusOf(httpPort: number) {
  const response = await fetch(`http://127.0.0.1:${httpPort}/status`);
  return (await response.json()) as {
    // Of a worker it is there a second later.
    certificates?: {
      names: string[];
      notAfter: string | null;
      nextOrder: string | null;
      lastError: unknown;
    }[];
  };
}

describe.skipIf(isPebbleMissing)("certificates from Pebble", () => {
  for (const { title, secure = {}, more = {} } of [
    { title: "by the wire edge", secure: { edge: "wire" } },
    { title: "by the serve edge", secure: { edge: "serve", http2: true } },
    { title: "by several workers", more: { workers: 2 } },
    { title: "by a tcp listener", secure: { protocol: "tcp", routes: undefined, group: "t" } },
  ]) {
    test(
      `are obtained and shown ${title}`,
      async () => {
        const httpPort = unusedPort();
        const storage = storageDirectory();
        const pebble = await startPebble({ httpPort });
        const config = await configOf({ httpPort, storage, pebble, secure, more });
        const groups = {
          ...config.groups,
          ...("group" in secure && { t: { targets: [{ url: "tcp://127.0.0.1:1" }], health: false } }),
        };
        const { port, lines } = await start({ ...config, groups });
        const { subjectaltname, valid_to } = await isShown(port, await pebble.root());
        expect(subjectaltname?.split(", ").toSorted()).toEqual(["DNS:example.com", "DNS:www.example.com"]);
        const notAfter = new Date(valid_to).toISOString();
        expect(lines).toContain(`certificate for www.example.com, example.com: obtained, ends ${notAfter}`);
        await until("/status tells of it", async () =>
          (await statusOf(httpPort)).certificates?.some((each) => each.notAfter === notAfter),
        );
        const [authority = ""] = readdirSync(storage).filter((name) => name !== "challenges");
        const certificates = join(storage, authority, "certificates");
        for (const file of [
          join(storage, authority, "account.pem"),
          join(certificates, readdirSync(certificates)[0] ?? ""),
        ])
          expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(readdirSync(join(storage, "challenges"))).toEqual([]);
      },
      slowMs,
    );
  }

  test(
    "are waited for with handshakes refused, and http served",
    async () => {
      const httpPort = unusedPort();
      const closed = `https://127.0.0.1:${unusedPort()}/dir`;
      const storage = storageDirectory();
      const ca = join(storage, "ca.pem");
      await Bun.write(ca, "");
      const config = await configOf({
        httpPort,
        storage,
        pebble: { directory: closed, ca },
        acme: { ca: undefined },
      });
      const { port, lines } = await start(config);
      const alert = await answerToHello(port);
      expect([...alert]).toEqual([21, 3, 1, 0, 2, 2, 80]);
      expect((await fetch(`http://127.0.0.1:${httpPort}/`)).status).toBe(200);
      const line = await until("the log says so", () => lines.find((each) => each.includes("not obtained")));
      expect(line).toStartWith(`certificate for www.example.com, example.com: not obtained: ${closed}: `);
      const [certificate] = (await statusOf(httpPort)).certificates ?? [];
      expect(certificate).toMatchObject({
        names,
        notAfter: null,
        lastError: { message: expect.any(String) },
      });
      const inMs = Date.parse(certificate?.nextOrder ?? "") - Date.now();
      expect(inMs).toBeWithin(50_000, 73_000);
    },
    slowMs,
  );

  test(
    "are not given for a wrong answer",
    async () => {
      const wrong = stopping(
        await RawOrigin.start((_request, connection) =>
          connection.send(okWith("nothing that was asked for")),
        ),
      );
      const pebble = await startPebble({ httpPort: Number(new URL(wrong.url).port) });
      const httpPort = unusedPort();
      const storage = storageDirectory();
      const { port, lines } = await start(await configOf({ httpPort, storage, pebble }));
      const line = await until(
        "the log says so",
        () => lines.find((each) => each.includes("not obtained")),
        waitMs,
      );
      expect(line).toContain("The key authorization file from the server did not match this challenge");
      expect(line).toMatch(/; next try at \d{4}-.*Z$/);
      expect(wrong.requests.map(({ target }) => target)).toContainEqual(
        expect.stringMatching(/^\/\.well-known\/acme-challenge\/[\w-]{20,}$/),
      );
      expect([...(await answerToHello(port))]).toEqual([21, 3, 1, 0, 2, 2, 80]);
      expect(readdirSync(join(storage, "challenges"))).toEqual([]);
    },
    slowMs,
  );

  test(
    "are renewed in time by the account of before a restart, and open connections go on",
    async () => {
      const httpPort = unusedPort();
      const pebble = await startPebble({ httpPort, validitySeconds: 6 });
      const config = await configOf({
        httpPort,
        storage: storageDirectory(),
        pebble,
        acme: { email: undefined },
      });
      const root = await pebble.root();
      const first = await start(config);
      const { serialNumber } = await isShown(first.port, root);
      await first.balancer.stop();
      const { port, lines } = await start(config);
      const open = await connected(port, root);
      const isAnother = () =>
        shownAt(port, root)
          .then((shown) => shown.serialNumber !== serialNumber)
          .catch(() => false);
      await until("another certificate is shown", isAnother, waitMs);
      expect(lines).toContainEqual(expect.stringContaining(": renewed, ends "));
      expect(await ask(open)).toStartWith("HTTP/1.1 200 ");
      open.destroy();
    },
    slowMs,
  );

  test(
    "are still there after a restart, without the authority",
    async () => {
      const httpPort = unusedPort();
      const storage = storageDirectory();
      const pebble = await startPebble({ httpPort });
      const config = await configOf({ httpPort, storage, pebble });
      const first = await start(config);
      const root = await pebble.root();
      const { serialNumber } = await isShown(first.port, root);
      await first.balancer.stop();
      await pebble.stop();
      const second = await start(config);
      expect((await shownAt(second.port, root)).serialNumber).toBe(serialNumber);
      await until(
        "it knows when to renew",
        async () => (await statusOf(httpPort)).certificates?.[0]?.nextOrder,
      );
      expect(second.lines.filter((line) => line.includes("certificate"))).toEqual([]);
    },
    slowMs,
  );

  test(
    "for another name take the former's place when they are there",
    async () => {
      const httpPort = unusedPort();
      const storage = storageDirectory();
      const port = unusedPort();
      const secure = { listen: `127.0.0.1:${port}` };
      const pebble = await startPebble({ httpPort });
      const { balancer } = await start(await configOf({ httpPort, storage, pebble, secure }));
      const root = await pebble.root();
      const former = await isShown(port, root);
      const tls = { acme: ["example.com", "new.example.com"] };
      // Another email too: the account is told of it.
      const acme = { email: "others@example.com" };
      const next = await configOf({ httpPort, storage, pebble, acme, secure: { ...secure, tls } });
      expect(await balancer.reload(load(next), "test")).toMatchObject({ ok: true });
      expect((await shownAt(port, root)).serialNumber).not.toBe("");
      const shown = await isShown(port, root, "new.example.com");
      expect(shown.serialNumber).not.toBe(former.serialNumber);
      expect(shown.subjectaltname).not.toContain("www.example.com");
    },
    slowMs,
  );

  test(
    "are obtained by an account that is bound to another",
    async () => {
      const httpPort = unusedPort();
      const hmacKey = "HjudV5qnbreN-n9WyFSH-t4HXuEx_XFen45zuxY-G1h6fr74V3cUM_dVlwQZBWmc";
      const pebble = await startPebble({ httpPort, externalAccounts: { "kid-1": hmacKey } });
      const acme = { externalAccount: { keyId: "kid-1", hmacKey } };
      const { port } = await start(await configOf({ httpPort, storage: storageDirectory(), pebble, acme }));
      expect((await isShown(port, await pebble.root())).subjectaltname).toContain("DNS:example.com");
    },
    slowMs,
  );
});
