import { isIP } from "node:net";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { lastError, libc, type SystemError } from "../sockets/libc.ts";
import { canWatch } from "../sockets/readiness.ts";
import { socketAddress } from "../sockets/socket-address.ts";
import { closeOnExec, nonBlocking, sendAtOnce, sockStream } from "../sockets/socket-options.ts";
import { NativeSocket } from "./native-socket.ts";
import type { SocketEvents } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

const { EINPROGRESS: inProgress } = constants.errno;

/** Whether {@link dialNatively} can. */
export function canDialNatively(hostname: string): boolean {
  return isIP(hostname) !== 0 && !hostname.includes("%") && canWatch();
}

/**
 * Connects to an IP address: `onSocketOpen` comes when it has, or else `onFault` with the error's name; both later. Returns the
 * socket, to be terminated by who won't wait; undefined where none could be had.
 */
export function dialNatively(
  hostname: string,
  port: number,
  events: SocketEvents,
  allowHalfOpen: boolean,
  onFault: (name: string) => void,
): StreamSocket | undefined {
  const { family, bytes } = socketAddress(hostname, port);
  const fd = libc().socket(family, sockStream | nonBlocking | closeOnExec, 0);
  const code = fd < 0 || libc().connect(fd, bytes, bytes.length) !== 0 ? lastError() : 0;
  if (fd < 0 || (code !== 0 && code !== inProgress)) {
    if (fd >= 0) libc().close(fd);
    queueMicrotask(() => onFault(getSystemErrorName(-code)));
    return undefined;
  }
  sendAtOnce(fd);
  try {
    const socket: NativeSocket = new NativeSocket(fd, events, allowHalfOpen, (fault) => {
      if (fault === undefined) socket.data.onSocketOpen(socket);
      else onFault(fault);
    });
    return socket;
  } catch (error) {
    queueMicrotask(() => onFault((error as SystemError).code));
    return undefined;
  }
}
