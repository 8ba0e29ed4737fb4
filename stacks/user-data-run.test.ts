import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMotoMissing, Moto } from "../balancer/testing/moto.ts";
import { unusedPort } from "../balancer/testing/unused-port.ts";
import { buildExecutables } from "../scripts/build.ts";
import { pythonTool } from "../scripts/python-tools.ts";
import { privateRootObstacle, type Ran, runInPrivateRoot } from "./testing/private-root.ts";
import { userData } from "./user-data.ts";

/** The user-data as an instance runs it: a real executable, AWS's own command line, and an S3 that answers. */

const aws = pythonTool("aws");
const obstacle = privateRootObstacle() ?? (aws.ok ? undefined : aws.reason);
if (obstacle !== undefined) console.warn(`stacks/user-data-run.test.ts is skipped: ${obstacle}`);

const bucket = "release";

/** Stands in for systemd: it starts what the unit says, as the unit's user. */
const systemctl = `
[ "$1" = poweroff ] && echo "powered off"
[ "$1" = enable ] || exit 0
command=$(sed -n 's/^ExecStart=//p' "/etc/systemd/system/$3.service")
user=$(sed -n 's/^User=//p' "/etc/systemd/system/$3.service")
setpriv --reuid "$user" --clear-groups $command > /opt/service.log 2>&1 &`;

describe.skipIf(obstacle !== undefined || isMotoMissing)("user-data", () => {
  const port = unusedPort();
  let moto: Moto;
  let folder: string;
  let sha256: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ballast-user-data-"));
    [moto] = await Promise.all([Moto.start(), buildExecutables(undefined, join(folder, "dist"))]);
    const program = readFileSync(join(folder, "dist", "backend"));
    sha256 = Bun.SHA256.hash(program, "hex");
    await fetch(`${moto.url}/${bucket}`, { method: "PUT" });
    const stored = await fetch(`${moto.url}/${bucket}/backend/${sha256}`, { method: "PUT", body: program });
    expect(stored.status).toBe(200);
  }, 60_000);

  afterAll(async () => {
    await moto.stop();
    rmSync(folder, { recursive: true });
  });

  interface Change {
    readonly key?: string;
    readonly sha256?: string;
    readonly roomBytes?: number;
    readonly certificateSecret?: string;
  }

  async function boot(change: Change): Promise<Ran> {
    if (!aws.ok) throw new Error(aws.reason);
    const script = userData({
      name: "backend",
      region: "us-east-1",
      bucket,
      key: change.key ?? `backend/${sha256}`,
      sha256: change.sha256 ?? sha256,
      options: ["--host 127.0.0.1", `--port ${port}`, "--id i-0abc", "--cluster cluster1"],
      ready: `http://127.0.0.1:${port}/health`,
      certificateSecret: change.certificateSecret,
    });
    const own = join(folder, crypto.randomUUID());
    mkdirSync(own);
    const commands = {
      aws: `exec '${aws.path}' "$@"`,
      systemctl,
      journalctl: "cat /opt/service.log",
      // Waiting for a role to be known everywhere is not what is tested.
      sleep: "exit 0",
    };
    const room = change.roomBytes === undefined ? {} : { roomBytes: change.roomBytes };
    const visible = [join(import.meta.dir, "..")];
    return await runInPrivateRoot(
      { folder: own, visible, commands, ...room, env: moto.env },
      script,
      `curl --silent http://127.0.0.1:${port}/cluster1; stat --format '%a %U:%G' /opt/ballast/* /etc/ballast/*; cat /etc/ballast/*`,
    );
  }

  test("the right executable is installed, starts as its own user and answers", async () => {
    const ran = await boot({});
    expect(ran.console).toBe("ballast: backend answers\n");
    expect(ran.output).toContain('"instance":"i-0abc"');
    expect(ran.output).toContain("755 root:root");
    expect(ran.output).not.toContain("powered off");
    expect(ran.exitCode).toBe(0);
  }, 60_000);

  test("an executable with another hash is not installed", async () => {
    const wrong = "0".repeat(64);
    const ran = await boot({ sha256: wrong });
    const line = `ballast: FAILED: s3://${bucket}/backend/${sha256}: found SHA-256 ${sha256}, expected ${wrong}\n`;
    expect(ran.console).toBe(line);
    expect(ran.output).toContain("powered off");
    expect(ran.output).not.toContain('"instance"');
    expect(ran.exitCode).toBe(1);
  }, 60_000);

  test("an object that is not there is told, with its name", async () => {
    const ran = await boot({ key: "backend/none" });
    expect(ran.console).toMatch(
      /^ballast: FAILED: aws s3 cp .* s3:\/\/release\/backend\/none .*(404|Not Found).*\n$/,
    );
    expect(ran.output).toContain("powered off");
    expect(ran.exitCode).toBe(1);
  }, 60_000);

  test("a certificate is there for the service alone", async () => {
    const pem = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----";
    await createSecret("lab-tls", pem);
    const ran = await boot({ certificateSecret: "lab-tls" });
    expect(ran.console).toBe("ballast: backend answers\n");
    expect(ran.output).toContain(pem);
    expect(ran.output).toContain("440 root:ballast");
  }, 60_000);

  async function createSecret(Name: string, SecretString: string): Promise<void> {
    const scope = "test/20260101/us-east-1/secretsmanager/aws4_request";
    const stored = await fetch(moto.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.CreateSecret",
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ Name, SecretString }),
    });
    expect(stored.status).toBe(200);
  }

  test("a full disk is told", async () => {
    const ran = await boot({ roomBytes: 1 << 20 });
    expect(ran.console).toMatch(/^ballast: FAILED: aws s3 cp .*No space left on device.*\n$/);
    expect(ran.output).toContain("powered off");
    expect(ran.exitCode).toBe(1);
  }, 60_000);
});
