import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goTool } from "../../scripts/go-tools.ts";
import { createAuthority, issue } from "./certificates.ts";
import { until } from "./until.ts";
import { unusedPort } from "./unused-port.ts";

const [pebble, challtestsrv] = [goTool("pebble"), goTool("pebble-challtestsrv")];

/** Whether there is no Pebble, with the reason said once: its tests are to be skipped. */
export const isPebbleMissing: boolean = pebble === undefined || challtestsrv === undefined;
if (isPebbleMissing)
  console.warn(
    "skipping the tests against Pebble: it is not installed: bun scripts/go-tools.ts builds it with Go",
  );

export interface PebbleOptions {
  /** Where it asks for http-01, in place of port 80. */
  readonly httpPort: number;
  /** How long its certificates hold. */
  readonly validitySeconds: number;
  readonly port?: number;
  /** Keys in base64url by their id: accounts have to be bound to one of them. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
}

/** For tests: an ACME authority to which all names lead to 127.0.0.1. */
export class Pebble {
  private constructor(
    readonly directory: string,
    /** PEM file with the authority that its own TLS is to be trusted by. */
    readonly ca: string,
    private readonly files: string,
    private readonly managementUrl: string,
    private readonly children: readonly Bun.Subprocess[],
  ) {}

  static async start(options: PebbleOptions): Promise<Pebble> {
    if (pebble === undefined || challtestsrv === undefined) throw new Error("Pebble is not installed");
    const { port = unusedPort(), httpPort, validitySeconds, externalAccounts } = options;
    const [managementPort, dnsPort, dnsManagementPort] = [unusedPort(), unusedPort(), unusedPort()];
    const files = mkdtempSync(join(tmpdir(), "ballast-pebble-"));
    const authority = await createAuthority();
    const own = await issue(authority, "127.0.0.1");
    const file = (name: string, text: string) => {
      writeFileSync(join(files, name), text);
      return join(files, name);
    };
    const ca = file("ca.pem", authority.cert);
    const config = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${managementPort}`,
      certificate: file("cert.pem", own.cert),
      privateKey: file("key.pem", own.key),
      httpPort,
      retryAfter: { authz: 1, order: 1 },
      keyAlgorithm: "ecdsa",
      profiles: { default: { description: "the only one", validityPeriod: validitySeconds } },
      externalAccountBindingRequired: externalAccounts !== undefined,
      externalAccountMACKeys: externalAccounts,
    };
    const start = (command: string[], env: Record<string, string> = {}) =>
      Bun.spawn(command, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "ignore"] });
    const none = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-defaultIPv6", ""];
    const dns = `127.0.0.1:${dnsPort}`;
    const children = [
      start([challtestsrv, "-dnsserver", dns, "-management", `127.0.0.1:${dnsManagementPort}`, ...none]),
      start([pebble, "-config", file("pebble.json", JSON.stringify({ pebble: config })), "-dnsserver", dns], {
        PEBBLE_VA_NOSLEEP: "1",
      }),
    ];
    const started = new Pebble(
      `https://127.0.0.1:${port}/dir`,
      ca,
      files,
      `https://127.0.0.1:${managementPort}`,
      children,
    );
    await until("pebble answers", () => started.root().catch(() => undefined), 10_000);
    return started;
  }

  /** PEM of the authority that its certificates are trusted by; another one at each start. */
  async root(): Promise<string> {
    const response = await fetch(`${this.managementUrl}/roots/0`, { tls: { rejectUnauthorized: false } });
    return response.text();
  }

  async stop(): Promise<void> {
    for (const child of this.children) child.kill("SIGKILL");
    await Promise.all(this.children.map(({ exited }) => exited));
    rmSync(this.files, { recursive: true, force: true });
  }
}
