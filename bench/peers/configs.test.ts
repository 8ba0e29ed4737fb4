import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { parseConfig } from "../../balancer/config/load.ts";
import { success } from "../outcome.ts";
import { ballast } from "./ballast.ts";
import { ballastStream } from "./ballast-stream.ts";
import { caddy } from "./caddy.ts";
import { selfSigned } from "./certificate.ts";
import { freePorts } from "./free-port.ts";
import { haproxy } from "./haproxy.ts";
import { haproxyTcp } from "./haproxy-tcp.ts";
import { nginx } from "./nginx.ts";
import { nginxStream } from "./nginx-stream.ts";
import type { Certificate, Peer } from "./peer.ts";
import { withTestContext } from "./peers.fixture.ts";
import { withPeer } from "./running-peer.ts";
import { confFile, fillTemplate } from "./template.ts";

const site = {
  port: 8080,
  logPort: 9000,
  directory: "/scratch",
  certificate: undefined,
  targets: [
    { id: "t-1", port: 8001 },
    { id: "t-2", port: 8002 },
  ],
};

const certificate = await selfSigned();

/** How each program checks a config instead of running it. */
const checks: readonly (readonly [Peer, (command: readonly string[]) => readonly string[]])[] = [
  [nginx("least_conn"), (command) => [...command, "-t"]],
  [{ ...nginx("least_conn", 2), name: "nginx, 2 workers" }, (command) => [...command, "-t"]],
  [nginx("random two least_conn"), (command) => [...command, "-t"]],
  [haproxy("leastconn"), (command) => [...command, "-c"]],
  [haproxy("leastconn", { splice: true }), (command) => [...command, "-c"]],
  [caddy("least_conn"), (command) => command.map((word) => (word === "run" ? "validate" : word))],
];

/** The same for relays of TCP and UDP. */
const relayChecks: typeof checks = [
  [nginxStream("tcp"), (command) => [...command, "-t"]],
  [nginxStream("udp"), (command) => [...command, "-t"]],
  [haproxyTcp(), (command) => [...command, "-c"]],
  [haproxyTcp({ splice: true }), (command) => [...command, "-c"]],
];

/** What the server at `port` chooses when it may. */
function negotiate(port: number): Promise<string | false | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: "127.0.0.1",
      ALPNProtocols: ["h2", "http/1.1"],
      rejectUnauthorized: false,
    });
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      resolve(socket.alpnProtocol);
      socket.destroy();
    });
  });
}

for (const [peer, checking] of checks) {
  const executable = peer.find();
  const installed = executable === undefined ? `, skipped: ${peer.program} is not installed` : "";

  describe(`${peer.name}${installed}`, () => {
    test.skipIf(executable === undefined).each([
      ["HTTP/1.1", undefined],
      ["HTTP/2 with TLS", certificate],
    ])("its own check accepts the config for %s", async (_protocol, certificate) => {
      expect(await checkConfig(peer, checking, certificate)).toMatchObject({ exitCode: 0 });
    });

    test.skipIf(executable === undefined)("speaks HTTP/2 over TLS", async () => {
      using target = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
      const subject = { peer, executable: executable ?? "", version: "" };
      const setup = { targets: [{ id: "t-1", port: target.port ?? 0 }], certificate };
      const protocol = await withTestContext((context) =>
        withPeer(context, subject, setup, async ({ url }) =>
          success(await negotiate(Number(new URL(url).port))),
        ),
      );
      expect(protocol).toEqual(success("h2"));
    });

    test.skipIf(executable === undefined)("names its version", () => {
      expect(peer.version(executable ?? "")).toMatch(/^\d+\.\d+/);
    });

    test.skipIf(executable === undefined)("passes requests on with their host and their client", async () => {
      using target = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: ({ headers }) =>
          Response.json({ host: headers.get("host"), client: headers.get("x-forwarded-for") }),
      });
      const subject = { peer, executable: executable ?? "", version: "" };
      const targets = [{ id: "t-1", port: target.port ?? 0 }];
      const answer = await withTestContext((context) =>
        withPeer(context, subject, { targets }, async ({ url }) =>
          success({ url, body: await (await fetch(url)).json() }),
        ),
      );
      if (!answer.ok) throw new Error(answer.fault);
      const { url, body } = answer.value;
      expect(body).toEqual({ host: new URL(url).host, client: "127.0.0.1" });
      expect(await fetch(url).catch(() => "gone")).toBe("gone");
    });
  });
}

/** What the program itself prints of the config, and its exit code. */
async function checkConfig(
  peer: Peer,
  checking: (command: readonly string[]) => readonly string[],
  certificate?: Certificate,
) {
  const directory = await mkdtemp(join(tmpdir(), "ballast-config-"));
  const [port = 0] = freePorts(1);
  const { files, command } = peer.launch(peer.find() ?? "", { ...site, port, directory, certificate });
  for (const [name, text] of Object.entries(files)) await Bun.write(join(directory, name), text);
  const { exitCode, stdout, stderr } = Bun.spawnSync([...checking(command)]);
  await rm(directory, { recursive: true });
  return { exitCode, printed: `${stdout}${stderr}` };
}

describe("relays of TCP and UDP", () => {
  for (const [index, [peer, checking]] of relayChecks.entries()) {
    const isMissing = peer.find() === undefined;
    const skipped = isMissing ? `, skipped: ${peer.needs ?? peer.program} is not installed` : "";
    test.skipIf(isMissing)(
      `${index + 1}, ${peer.name}: its own check accepts the config${skipped}`,
      async () => {
        expect(await checkConfig(peer, checking)).toMatchObject({ exitCode: 0 });
      },
    );
  }

  test.each(["tcp", "udp"] as const)("ours is a valid lb.json for %s", (protocol) => {
    const { files } = ballastStream("balancer", protocol).launch("balancer", site);
    expect(parseConfig(files["lb.json"] ?? "", "lb.json")).toMatchObject({
      ok: true,
      config: {
        listeners: [{ protocol, listen: { port: site.port } }],
        groups: { targets: { targets: [{ url: `${protocol}://127.0.0.1:8001` }, { id: "t-2" }] } },
      },
    });
  });
});

test("ours is a valid lb.json with every feature on", () => {
  const { files } = ballast("balancer", { label: "ewma" }).launch("balancer", site);
  const parsed = parseConfig(files["lb.json"] ?? "", "lb.json");
  expect(parsed).toMatchObject({
    ok: true,
    config: {
      accessLog: { file: "/scratch/access.log", format: "json" },
      listeners: [{ exposeTarget: true, status: "/status" }],
      groups: { targets: { policy: { name: "ewma" }, targets: [{ id: "t-1" }, { id: "t-2" }] } },
    },
  });
});

test("ours has what it is asked for besides", () => {
  const options = { label: "x", edge: "serve", workers: 2, idleTimeout: "240s" } as const;
  const { files } = ballast("balancer", options).launch("balancer", { ...site, certificate });
  expect(JSON.parse(files["lb.json"] ?? "")).toMatchObject({
    workers: 2,
    listeners: [
      {
        edge: "serve",
        http2: true,
        idleTimeout: "240s",
        tls: { cert: "/scratch/cert.pem", key: "/scratch/key.pem" },
      },
    ],
  });
  expect(files["cert.pem"]).toBe(certificate.cert);
});

describe("templates", () => {
  test("a placeholder without a value, and a value without a placeholder, are bugs", () => {
    expect(() => fillTemplate(confFile("origin.conf"), { directory: "/scratch" })).toThrow(
      "conf/origin.conf has {{listens}}",
    );
    expect(() =>
      fillTemplate(confFile("origin.conf"), { directory: "/scratch", listens: "", port: 1 }),
    ).toThrow("conf/origin.conf has no {{port}}");
  });
});
