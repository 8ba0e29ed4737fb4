import { closeSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { LeftPort } from "../control/registered.ts";
import { policyNames } from "../policy/registry.ts";
import type { DrainedTarget } from "../serving/services.ts";
import { type ListeningSocket, socketsOn } from "../sockets/listening.ts";
import { closeSocket, type HeldSockets } from "../sockets/poll.ts";

/** Variables by which a process tells the one that it starts in its place where the {@link Estate} is, and who it is itself. */
export const estateVariable = "BALLAST_ESTATE";
export const predecessorVariable = "BALLAST_PREDECESSOR";

/** What one process leaves to the next. Unknown keys of a later version are passed over, and missing ones are empty. */
const estateSchema = z.object({
  sockets: z
    .array(
      z.object({
        fd: z.int().min(3),
        transport: z.enum(["tcp", "udp"]),
        hostname: z.string(),
        port: z.int().min(1).max(65_535),
      }),
    )
    .default([]),
  drained: z.array(z.object({ group: z.string(), id: z.string(), url: z.string() })).default([]),
  ports: z
    .array(
      z.object({
        protocol: z.enum(["tcp", "udp", "api"]),
        port: z.int(),
        bind: z.string(),
        policy: z.enum(policyNames),
        servers: z.array(z.object({ address: z.string(), id: z.string(), weight: z.number() })),
      }),
    )
    .default([]),
});

export interface Estate {
  /** That it listens on. */
  readonly sockets: readonly ListeningSocket[];
  /** Taken out by operators. */
  readonly drained: readonly DrainedTarget[];
  /** That servers have it open. */
  readonly ports: readonly LeftPort[];
}

/** What a process before this one has left to it. */
export interface Inheritance extends Pick<Estate, "drained" | "ports"> {
  /** Its listening sockets; none after {@link close}. */
  sockets(): readonly ListeningSocket[];
  readonly held: HeldSockets;
  /** Closes what was left: whoever listens on it has a descriptor of its own by now. */
  close(): void;
  /** Tells the process before that this one serves: it drains and ends. */
  takeOver(): void;
}

/** Undefined where this process was started by itself; throws when what was left can't be read. */
export function inheritanceFrom(env: NodeJS.ProcessEnv): Inheritance | undefined {
  const { [estateVariable]: descriptor, [predecessorVariable]: predecessor } = env;
  if (descriptor === undefined || predecessor === undefined) return undefined;
  // Not for what this process starts, and not for a second look.
  delete env[estateVariable];
  delete env[predecessorVariable];
  const estate: Estate = estateSchema.parse(JSON.parse(readFileSync(Number(descriptor), "utf8")));
  closeSync(Number(descriptor));
  let { sockets } = estate;
  return {
    drained: estate.drained,
    ports: estate.ports,
    sockets: () => sockets,
    held: (transport, listen) => socketsOn(sockets, transport, listen).map(({ fd }) => fd),
    close() {
      for (const { fd } of sockets) closeSocket(fd);
      sockets = [];
    },
    takeOver() {
      // By that number there may be another process, when it has died meanwhile.
      if (String(process.ppid) === predecessor) process.kill(process.ppid, "SIGTERM");
    },
  };
}
