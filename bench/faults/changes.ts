import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../balancer/testing/until.ts";
import type { RunningPeer } from "../peers/running-peer.ts";
import type { FaultyServer } from "./servers.ts";

const reloads = 10;
const replacedWithinMs = 10_000;

/** One proxy before its servers. */
export interface Scene {
  readonly proxy: RunningPeer;
  readonly program: string;
  readonly servers: readonly FaultyServer[];
  /** Processes that have taken the proxy's place, of which whoever started it does not know. */
  readonly successors: number[];
}

/** Something that happens while requests go on. */
export interface Occurrence {
  readonly name: string;
  /** Resolves when it is over, after about so long. */
  play(scene: Scene, durationMs: number): Promise<void>;
}

interface Manner {
  /** Has it read its config anew. */
  reload(proxy: RunningPeer): Promise<void>;
  /** Has another process of the program take the place of the running one; resolves when that has ended. */
  replace(scene: Scene): Promise<void>;
}

const manners: Readonly<Record<string, Manner>> = {
  ballast: {
    reload: async ({ pid }) => void process.kill(pid, "SIGHUP"),
    async replace({ proxy: { pid, child }, successors }) {
      process.kill(pid, "SIGUSR2");
      const started = await child.waitForLine(/takeover: process (\d+) starts/, replacedWithinMs);
      if (!started.ok) throw new Error(started.fault);
      successors.push(Number(started.value[1]));
      await untilGone(pid);
    },
  },
  // https://nginx.org/en/docs/control.html#upgrade
  nginx: {
    async reload(proxy) {
      process.kill(await until("nginx has a master", () => nginxMaster(proxy)), "SIGHUP");
    },
    async replace({ proxy }) {
      const former = await until("nginx has a master", () => nginxMaster(proxy));
      process.kill(former, "SIGUSR2");
      await until(
        "nginx has another master",
        async () => {
          const master = await nginxMaster(proxy);
          return master !== undefined && master !== former;
        },
        replacedWithinMs,
      );
      process.kill(former, "SIGQUIT");
      await untilGone(former);
    },
  },
  // The master executes its program anew, whichever is on disk, and so has new workers: the same as a reload.
  haproxy: {
    reload: async ({ pid }) => void process.kill(pid, "SIGUSR2"),
    replace: async ({ proxy: { pid } }) => void process.kill(pid, "SIGUSR2"),
  },
};

async function nginxMaster({ directory }: RunningPeer): Promise<number | undefined> {
  const file = Bun.file(join(directory, "nginx.pid"));
  return (await file.exists()) ? Number(await file.text()) : undefined;
}

/** What is done to the proxy itself. */
export const changes: readonly Occurrence[] = [
  {
    name: `reloaded ${reloads} times`,
    // One server is taken out and put back in turn: a reload that changes nothing would show little.
    async play({ proxy, program, servers }, durationMs) {
      for (let reload = 1; reload <= reloads; reload++) {
        await proxy.configure(reload % 2 === 1 ? servers.slice(1) : servers);
        await mannerOf(program).reload(proxy);
        await Bun.sleep(durationMs / reloads);
      }
    },
  },
  {
    name: "replaced",
    async play(scene, durationMs) {
      await Promise.all([mannerOf(scene.program).replace(scene), Bun.sleep(durationMs)]);
    },
  },
];

function mannerOf(program: string) {
  const manner = manners[program];
  if (manner === undefined) throw new Error(`nobody knows how to reload ${program}`);
  return manner;
}

async function untilGone(pid: number): Promise<void> {
  await until(`process ${pid} has ended`, () => !existsSync(`/proc/${pid}/exe`), replacedWithinMs);
}
