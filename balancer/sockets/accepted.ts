import { existsSync, readFileSync } from "node:fs";
import { libc } from "./libc.ts";
import { addressOf } from "./listening.ts";
import { eachWatched, openWatched } from "./watched.ts";

const bothWays = 2;

interface Known {
  /** Another socket may have the same descriptor later. */
  readonly inode: number;
  readonly isOurs: boolean;
  /** The look that it was last met at. */
  metAt: number;
}

/** Is told of connections, by their descriptors. */
export interface ConnectionWatch {
  onCome(fd: number, peer: string): void;
  onGone(fd: number): void;
}

/**
 * The connections that this thread has accepted at a port, as the system knows them: for a server that tells nothing of its own.
 * Linux alone.
 */
export class AcceptedConnections {
  private readonly known = new Map<number, Known>();
  private looks = 0;

  constructor(
    private readonly port: number,
    private readonly watch: ConnectionWatch,
  ) {}

  /** Has {@link look} need no more open files. */
  prepare(): void {
    openWatched();
  }

  /** Tells who has gone and who has come since it last looked. */
  look(): void {
    const { known, watch } = this;
    const metAt = ++this.looks;
    const come: { readonly fd: number; readonly inode: number }[] = [];
    eachWatched((fd, inode) => {
      const present = known.get(fd);
      if (present?.inode === inode) {
        present.metAt = metAt;
        return;
      }
      if (present?.isOurs) watch.onGone(fd);
      const isOurs = addressOf(fd, "getsockname")?.port === this.port;
      known.set(fd, { inode, isOurs, metAt });
      if (isOurs) come.push({ fd, inode });
    });
    for (const [fd, present] of known) {
      if (present.metAt === metAt) continue;
      known.delete(fd);
      if (present.isOurs) watch.onGone(fd);
    }
    // Only now, as who has gone makes room, and the oldest first: the system counts inodes up.
    for (const { fd } of come.sort((a, b) => a.inode - b.inode)) this.tellOf(fd);
  }

  /** The socket that listens has no peer. */
  private tellOf(fd: number): void {
    const peer = addressOf(fd, "getpeername");
    if (peer !== undefined) this.watch.onCome(fd, peer.hostname);
  }
}

/** The TCP sockets that are open in the whole network namespace, at most a moment ago: costs next to nothing. */
export function tcpSocketCount(): number {
  return ["/proc/net/sockstat", "/proc/net/sockstat6"].reduce((sum, file) => {
    const count = existsSync(file) ? /^TCP6?: inuse (\d+)/m.exec(readFileSync(file, "utf8"))?.[1] : 0;
    return sum + Number(count);
  }, 0);
}

/** Ends a connection for both sides; whoever has it open finds that out, and closes it. */
export function shutDown(fd: number): void {
  libc().shutdown(fd, bothWays);
}
