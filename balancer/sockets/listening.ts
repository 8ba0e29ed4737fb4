import { ptr } from "bun:ffi";
import { readdirSync } from "node:fs";
import { parseAddress } from "../config/cidr.ts";
import type { ListenAddress } from "../config/scalars.ts";
import { libc } from "./libc.ts";
import { addressBytes, afInet, afInet6, hostnameIn, portIn } from "./socket-address.ts";
import { optionOf, soAcceptConn, sockStream, soReusePort, soType } from "./socket-options.ts";

/** What of a socket's address and kind decides who may take it over. */
export interface ListeningSocket {
  readonly fd: number;
  readonly transport: "tcp" | "udp";
  /** The address it is bound to, such as `0.0.0.0` or `::`. */
  readonly hostname: string;
  readonly port: number;
}

/** Every socket of the process that waits for clients, whichever thread has opened it; none is found but on Linux. */
export function listeningSockets(): readonly ListeningSocket[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd").flatMap((name) => {
    const socket = listeningSocket(Number(name));
    return socket === undefined ? [] : [socket];
  });
}

/** Those on this address; `localhost` stands for both of the loopback's, any other name for every address. */
export function socketsOn(
  sockets: readonly ListeningSocket[],
  transport: ListeningSocket["transport"],
  { hostname, port }: ListenAddress,
): readonly ListeningSocket[] {
  const wanted = (hostname === "localhost" ? loopback : [hostname]).flatMap((each) => comparable(each) ?? []);
  return sockets.filter(
    (socket) =>
      socket.transport === transport &&
      socket.port === port &&
      (wanted.length === 0 || wanted.includes(comparable(socket.hostname) ?? "")),
  );
}

const loopback = ["127.0.0.1", "::1"];

/** An IP address in one way of writing; undefined for a name. */
function comparable(hostname: string): string | undefined {
  return parseAddress(hostname)?.join();
}

/** Whether another socket may be opened on the same address. */
export function allowsOthers(fd: number): boolean {
  return optionOf(fd, soReusePort) === 1;
}

/** Whether it is a TCP socket that takes connections. */
export function isListening(fd: number): boolean {
  return optionOf(fd, soAcceptConn) === 1;
}

/** Undefined for whatever does not wait for clients. */
function listeningSocket(fd: number): ListeningSocket | undefined {
  const type = optionOf(fd, soType);
  if (type === undefined) return undefined;
  const isTcp = type === sockStream;
  if (isTcp ? !isListening(fd) : hasPeer(fd)) return undefined;
  const own = addressOf(fd, "getsockname");
  return own === undefined || own.port === 0 ? undefined : { fd, transport: isTcp ? "tcp" : "udp", ...own };
}

/** An end of a socket: its own, or its peer's; undefined where it has none. */
export function addressOf(fd: number, end: "getsockname" | "getpeername"): ListenAddress | undefined {
  const address = new DataView(new ArrayBuffer(addressBytes));
  const length = Int32Array.of(addressBytes);
  if (libc()[end](fd, ptr(address.buffer), ptr(length)) !== 0) return undefined;
  const family = address.getUint16(0, true);
  if (family !== afInet && family !== afInet6) return undefined;
  return { hostname: hostnameIn(address), port: portIn(address) };
}

/** A UDP socket that is connected talks to a target. */
function hasPeer(fd: number): boolean {
  return libc().getpeername(fd, ptr(new Uint8Array(addressBytes)), ptr(Int32Array.of(addressBytes))) === 0;
}
