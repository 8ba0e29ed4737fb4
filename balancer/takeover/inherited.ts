import { z } from "zod";
import { type ListeningSocket, socketsOn } from "../sockets/listening.ts";
import { closeSocket, type HeldSockets } from "../sockets/poll.ts";

/** Variables by which a process tells the one that it starts in its place what that one has of it. */
export const socketsVariable = "BALLAST_SOCKETS";
export const predecessorVariable = "BALLAST_PREDECESSOR";

const socketList = z.array(
  z.strictObject({
    fd: z.int().min(3),
    transport: z.enum(["tcp", "udp"]),
    hostname: z.string(),
    port: z.int().min(1).max(65_535),
  }),
);

/** What a process before this one has left to it. */
export interface Inheritance {
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
  const { [socketsVariable]: text, [predecessorVariable]: predecessor } = env;
  if (text === undefined || predecessor === undefined) return undefined;
  // Not for what this process starts, and not for a second look.
  delete env[socketsVariable];
  delete env[predecessorVariable];
  let sockets: readonly ListeningSocket[] = socketList.parse(JSON.parse(text));
  return {
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
