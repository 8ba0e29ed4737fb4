import { pythonTool } from "../../scripts/python-tools.ts";
import { until } from "./until.ts";
import { unusedPort } from "./unused-port.ts";

const tool = pythonTool("moto_server");
if (!tool.ok) console.warn(`skipping the tests against moto: ${tool.reason}`);

/** Whether there is no moto, with the reason said once: its tests are to be skipped. */
export const isMotoMissing = !tool.ok;

const startMs = 20_000;

/** For tests: AWS on this machine, by moto's server. https://docs.getmoto.org */
export class Moto {
  /** What makes a process, or a client made here, take this for AWS. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(
    readonly url: string,
    private readonly child: Bun.Subprocess,
  ) {
    this.env = awsEnvironment(url);
  }

  static async start(): Promise<Moto> {
    if (!tool.ok) throw new Error(tool.reason);
    const port = unusedPort();
    const child = Bun.spawn([tool.path, "-H", "127.0.0.1", "-p", String(port)], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    const url = `http://127.0.0.1:${port}`;
    const isUp = () =>
      fetch(`${url}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until("moto answers", isUp, startMs);
    return new Moto(url, child);
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.child.exited;
  }
}

/** What clients need to take `url` for AWS, whatever this machine is set up for. */
export function awsEnvironment(url: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_SESSION_TOKEN: "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
