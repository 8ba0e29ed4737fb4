import { fixedWords } from "./fixed-memory.ts";
import { libc, systemError } from "./libc.ts";

/**
 * What sockets are made of and asked to do, by Linux's numbers: the same on x86-64 and arm64 (socket(2), socket(7), tcp(7),
 * ip(7), ipv6(7)).
 */

export const sockStream = 1;
export const sockDatagram = 2;
/** Beside the kind of a new socket. */
export const nonBlocking = 0o4000;
/** What the process starts does not get it. */
export const closeOnExec = 0o2_000_000;

export const soType = 3;
export const soReusePort = 15;
export const soAcceptConn = 30;

const solSocket = 1;
const soError = 4;
const soKeepAlive = 9;
const soLinger = 13;
const soIncomingCpu = 49;
const tcp = { level: 6, noDelay: 1, keepIdle: 4 } as const;
const ip = { level: 0, receiveErrors: 11 } as const;
const ipv6 = { level: 41, receiveErrors: 25 } as const;

const wordBytes = 4;
const { view: value, at: valueAt } = fixedWords(2);
const { view: length, at: lengthAt } = fixedWords(1);

/** An option's value; undefined for what is no socket, or has none. */
export function optionOf(fd: number, name: number): number | undefined {
  length[0] = wordBytes;
  value[0] = 0;
  return libc().getsockopt(fd, solSocket, name, valueAt, lengthAt) === 0 ? value[0] : undefined;
}

/** The number of the error that the socket has had, which it forgets by that; 0 for none. */
export function takeError(fd: number): number {
  return optionOf(fd, soError) ?? 0;
}

/** Has what is written to a TCP socket go out at once; those that are accepted have it from the one that listens. */
export function sendAtOnce(fd: number): void {
  setOption(fd, tcp.level, tcp.noDelay, 1);
}

/** Has the system ask a peer that has been silent for so long whether it is still there. */
export function keepAlive(fd: number, isOn: boolean, initialDelayMs: number): void {
  setOption(fd, solSocket, soKeepAlive, isOn ? 1 : 0);
  setOption(fd, tcp.level, tcp.keepIdle, Math.max(1, Math.round(initialDelayMs / 1000)));
}

/** Has closing it be a reset. */
export function resetOnClose(fd: number): void {
  value[1] = 0;
  setOption(fd, solSocket, soLinger, 1, 2 * wordBytes);
}

/** For {@link takeFromCore}. */
export const noCore = -1;

/**
 * Of several sockets that listen on the same port, has this one take the connections whose packets come in on that core; those
 * of cores that no socket asks for are spread as ever. Before Linux 6.2 it changes nothing.
 */
export function takeFromCore(fd: number, core: number): void {
  setOption(fd, solSocket, soIncomingCpu, core);
}

/**
 * Has a UDP socket told of hosts and networks out of reach too: else Linux tells it of ports that are closed alone (ip(7)).
 * Throws the system's error.
 */
export function receiveErrors(fd: number, isIpv6: boolean): void {
  const { level, receiveErrors: name } = isIpv6 ? ipv6 : ip;
  if (setOption(fd, level, name, 1) !== 0) throw systemError("setsockopt");
}

function setOption(fd: number, level: number, name: number, word: number, bytes = wordBytes): number {
  value[0] = word;
  return libc().setsockopt(fd, level, name, valueAt, bytes);
}
