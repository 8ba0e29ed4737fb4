import type { Attempt, Outcome } from "../cluster/attempt.ts";
import { Group } from "../cluster/group.ts";
import { seededRandom } from "../cluster/random.ts";
import { Target } from "../cluster/target.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { defaultPolicyConfigs } from "../policy/options.ts";
import { createPolicy } from "../policy/registry.ts";
import { until } from "../testing/until.ts";
import { connectOverBun } from "./bun-datagrams.ts";
import type { ConnectDatagrams } from "./connected-datagrams.ts";
import { connectNatively } from "./native-datagrams.ts";
import { startUdpRelay } from "./start-udp-relay.ts";
import type { UdpRelay, UdpRelayOptions } from "./udp-relay.ts";
import { sendAll } from "./udp-send.ts";
import type { EndedUdpSession } from "./udp-status.ts";

/** How sockets to targets are opened. */
export const connectWays: readonly (readonly [string, ConnectDatagrams])[] = [
  ["a socket of our own", connectNatively],
  ["Bun's socket", connectOverBun],
];

/** Whether this machine has IPv6. */
export const hasIpv6 = await Bun.udpSocket({ hostname: "::1" }).then(
  (socket) => {
    socket.close();
    return true;
  },
  () => false,
);

/** A target that answers with its name before what it got, unless it is mute. */
export async function startEcho(id: string, { hostname = "127.0.0.1", port = 0, isMute = false } = {}) {
  const seen = { datagrams: 0, peers: new Set<number>() };
  const socket = await Bun.udpSocket({
    hostname,
    port,
    socket: {
      data(self, bytes, from, address) {
        seen.datagrams++;
        seen.peers.add(from);
        const reply = [Buffer.concat([Buffer.from(id), bytes]), from, address];
        if (!isMute) sendAll<Buffer | number | string>(reply, 3, self, { lost: () => {} });
      },
      // Who asked may be gone.
      error() {},
    },
  });
  return { id, seen, port: socket.port, close: () => socket.close() };
}

export type Echo = Awaited<ReturnType<typeof startEcho>>;

/** A client of its own port that sends to one relay. */
export async function openClient(relayPort: number, hostname = "127.0.0.1") {
  const received: { readonly bytes: Buffer; readonly from: number }[] = [];
  const socket = await Bun.udpSocket({
    hostname,
    socket: { data: (_self, bytes, from) => void received.push({ bytes, from }) },
  });
  const send = (data: string | Uint8Array) => void socket.send(data, relayPort, hostname);
  /** Sends, and gives what comes next. */
  const ask = async (data: string | Uint8Array): Promise<string> => {
    const before = received.length;
    send(data);
    return (await until("a reply", () => received[before])).bytes.toString();
  };
  return { received, send, ask, port: socket.port, close: () => socket.close() };
}

export type UdpClient = Awaited<ReturnType<typeof openClient>>;

export interface RelaySetup {
  readonly hostname?: string;
  readonly idleTimeoutMs?: number;
  readonly maxSessions?: number;
  /** As in {@link UdpRelayOptions}. */
  readonly connect?: ConnectDatagrams;
  /** In place of those of the echo servers. */
  readonly urls?: readonly string[];
}

/** A relay that shares its sessions out in turns, on a clock that moves when it is told to. */
export interface RunningRelay {
  readonly relay: UdpRelay;
  readonly options: UdpRelayOptions;
  readonly clock: VirtualClock;
  readonly group: Group;
  readonly targets: readonly Target[];
  readonly outcomes: readonly { readonly id: string; readonly outcome: Outcome }[];
  readonly ended: readonly EndedUdpSession[];
  client(): Promise<UdpClient>;
}

/** Runs `task` with a relay before the echo servers, and closes all of them. */
export async function withRelay(
  echoes: readonly Echo[],
  setup: RelaySetup,
  task: (running: RunningRelay) => Promise<void>,
): Promise<void> {
  const { hostname = "127.0.0.1", idleTimeoutMs = 30_000, maxSessions = 1000, connect } = setup;
  const clock = new VirtualClock();
  const urls = setup.urls ?? echoes.map(({ port }) => `udp://127.0.0.1:${port}`);
  const targets = urls.map((url, index) => new Target(echoes[index]?.id ?? url, url, 1, 0, 10_000));
  const context = { clock, random: seededRandom(1), targets, probe: () => {} };
  const group = new Group("g", targets, createPolicy(defaultPolicyConfigs["round-robin"], context), clock);
  const outcomes: { id: string; outcome: Outcome }[] = [];
  const ended: EndedUdpSession[] = [];
  const options: UdpRelayOptions = {
    clock,
    listen: { hostname, port: 0 },
    idleTimeoutMs,
    maxSessions,
    connect,
    service: {
      group,
      answered: (attempt, nowMs) => attempt.answered(nowMs),
      end(attempt: Attempt, outcome: Outcome, nowMs: number) {
        attempt.end(outcome, nowMs);
        outcomes.push({ id: attempt.target.id, outcome });
      },
    },
    onSessionEnd: (session) => void ended.push(session),
  };
  const relay = await startUdpRelay(options);
  const clients: UdpClient[] = [];
  const client = async () => {
    const opened = await openClient(relay.port, hostname);
    clients.push(opened);
    return opened;
  };
  try {
    await task({ relay, options, clock, group, targets, outcomes, ended, client });
  } finally {
    relay.stop();
    for (const { close } of [...clients, ...echoes]) close();
  }
  const open = targets.reduce((sum, { inFlight }) => sum + inFlight, 0);
  if (open !== 0) throw new Error(`${open} attempts are in flight after the end, expected 0`);
}
