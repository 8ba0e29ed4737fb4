import { ptr } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ListenAddress } from "../config/scalars.ts";
import { libc } from "./libc.ts";
import { type ListeningSocket, listeningSockets, socketsOn } from "./listening.ts";
import { afInet } from "./socket-address.ts";
import { closeOnExec, sockStream } from "./socket-options.ts";

/**
 * Bun opens the sockets it listens on itself, and takes none that is open already. So it is made to open one, on a port
 * of the loopback that nobody knows, and another is put in that one's place: under the same descriptor, and registered
 * with the event loop for the same handler. `docs/decisions/handover.md` says why, and what was tried besides.
 */

const epollAdd = 1;
const epollDelete = 2;

/** As the system tells of a descriptor that an event loop watches. */
interface Registration {
  readonly epoll: number;
  readonly events: number;
  readonly data: bigint;
}

/** A server and the socket that it listens on; undefined where sockets can't be told apart. */
export interface ListeningServer<Server> {
  readonly server: Server;
  readonly fd: number | undefined;
}

/**
 * Opens a server on each of the sockets `held`, which others may go on accepting from; on `listen` where there is none.
 * `portOf` says where a server listens. Throws with none of them open when one can't be.
 */
export function openOn<Server extends { stop(): unknown }>(
  listen: ListenAddress,
  held: readonly number[],
  open: (listen: ListenAddress) => Server,
  portOf: (server: Server) => number,
): readonly ListeningServer<Server>[] {
  const opened: Server[] = [];
  const openAt = (at: ListenAddress) => {
    const server = open(at);
    opened.push(server);
    return server;
  };
  try {
    if (held.length === 0) {
      const server = openAt(listen);
      const [fd] = ownSocketsOn("tcp", { ...listen, port: portOf(server) });
      return [{ server, fd }];
    }
    return held.map((fd) => {
      const server = openAt(anywhere);
      return { server, fd: replaceSocket("tcp", portOf(server), fd) };
    });
  } catch (error) {
    // Else the port would be taken for good, by a server that nobody knows of.
    for (const server of opened) void server.stop();
    throw error;
  }
}

/** Finds sockets that are open already on an address; none where there are none. */
export type HeldSockets = (
  transport: ListeningSocket["transport"],
  listen: ListenAddress,
) => readonly number[];

/** Where a server is opened that gets another's socket. */
export const anywhere: ListenAddress = { hostname: "127.0.0.1", port: 0 };

/** Puts the socket `held` in the place of the one that was opened {@link anywhere}, on `port`; returns its descriptor there. */
export function replaceSocket(transport: ListeningSocket["transport"], port: number, held: number): number {
  const [own] = socketsOn(listeningSockets(), transport, { ...anywhere, port });
  const registration = own === undefined ? undefined : registrationOf(own.fd);
  if (own === undefined || registration === undefined)
    throw new Error(`port ${port} is not in any event loop: Bun has changed how it listens`);
  if (libc().dup3(held, own.fd, closeOnExec) !== own.fd)
    throw new Error(`socket ${held} can't be taken over`);
  watch(own.fd, registration);
  return own.fd;
}

function watch(fd: number, registration: Registration): void {
  if (libc().epoll_ctl(registration.epoll, epollAdd, fd, ptr(epollEvent(registration))) !== 0)
    throw new Error(`socket ${fd} can't be watched`);
}

/** A `struct epoll_event` (epoll_ctl(2)): on x86-64 alone its parts stand close together, elsewhere the data at a multiple of 8. */
export function epollEvent(
  { events, data }: Pick<Registration, "events" | "data">,
  arch: NodeJS.Architecture = process.arch,
): Uint8Array {
  const dataAt = arch === "x64" ? 4 : 8;
  const event = new DataView(new ArrayBuffer(dataAt + 8));
  event.setUint32(0, events, true);
  event.setBigUint64(dataAt, data, true);
  return new Uint8Array(event.buffer);
}

/** The listening sockets of this thread on the address. */
export function ownSocketsOn(
  transport: ListeningSocket["transport"],
  listen: ListenAddress,
): readonly number[] {
  const watched = new Set(
    [threadEpoll(), furtherEpoll].flatMap((epoll) => (epoll === undefined ? [] : watchedBy(epoll))),
  );
  return socketsOn(listeningSockets(), transport, listen)
    .map(({ fd }) => fd)
    .filter((fd) => watched.has(fd));
}

/** Has the event loop leave a descriptor alone; what is returned has it watch it again. Undefined where none watches it. */
export function pauseWatching(fd: number): (() => void) | undefined {
  const registration = registrationOf(fd);
  if (registration === undefined) return undefined;
  stopAccepting(fd);
  return () => watch(fd, registration);
}

/** No thread accepts from the socket any more; what waits in its queue is for whoever else has it. */
export function stopAccepting(fd: number): void {
  const registration = registrationOf(fd);
  if (registration !== undefined) libc().epoll_ctl(registration.epoll, epollDelete, fd, null);
}

/** Listens no more, though a server goes on that thinks it does, and closes it in the end. */
export function stopListening(fd: number): void {
  const nobody = libc().socket(afInet, sockStream, 0);
  if (nobody < 0) return;
  stopAccepting(fd);
  libc().dup3(nobody, fd, closeOnExec);
  libc().close(nobody);
}

export function closeSocket(fd: number): void {
  libc().close(fd);
}

/** Of this thread, beside its event loop's. */
let furtherEpoll: number | undefined;

/** What this epoll watches is the thread's own too. */
export function addEpoll(epoll: number): void {
  furtherEpoll = epoll;
}

/** The event loop of this thread: the one that watches what has just been opened in it. */
let ownEpoll: number | undefined;

export function threadEpoll(): number | undefined {
  if (ownEpoll !== undefined) return ownEpoll;
  const marker = Bun.listen({ ...anywhere, socket: { data() {} } });
  const [socket] = socketsOn(listeningSockets(), "tcp", { ...anywhere, port: marker.port });
  ownEpoll = socket === undefined ? undefined : registrationOf(socket.fd)?.epoll;
  marker.stop();
  return ownEpoll;
}

function registrationOf(fd: number): Registration | undefined {
  const line = new RegExp(`^tfd:\\s+${fd} events:\\s+([0-9a-f]+) data:\\s+([0-9a-f]+)`, "m");
  for (const name of readdirSync("/proc/self/fd")) {
    const found = line.exec(epollInfo(name));
    if (found === null) continue;
    const [, events = "", data = ""] = found;
    return { epoll: Number(name), events: Number.parseInt(events, 16), data: BigInt(`0x${data}`) };
  }
  return undefined;
}

/** The descriptors that an epoll watches. */
export function watchedBy(epoll: number): readonly number[] {
  return Array.from(epollInfo(String(epoll)).matchAll(/^tfd:\s+(\d+)/gm), ([, fd]) => Number(fd));
}

/** A line for each descriptor that an event loop watches; empty for a descriptor that is no event loop. */
function epollInfo(name: string): string {
  try {
    const isEpoll = readlinkSync(`/proc/self/fd/${name}`).includes("[eventpoll]");
    return isEpoll ? readFileSync(`/proc/self/fdinfo/${name}`, "utf8") : "";
  } catch {
    // Closed since the directory was read: the directory itself, or the loop of a thread that has just ended.
    return "";
  }
}
