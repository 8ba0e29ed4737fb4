import { isIP } from "node:net";
import type { Socket } from "bun";
import type { Method, ResponseHead } from "./response-head.ts";
import { ResponseReader } from "./response-reader.ts";
import type { FailureKind } from "./result.ts";

export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  readonly insecureTls: boolean;
  readonly connectTimeoutMs: number;
}

/** How one request on one connection ended. */
export type ExchangeEnd =
  | {
      readonly kind: "answered";
      readonly head: ResponseHead;
      /** The first 64 KiB. */
      readonly body: Buffer;
      /** Bytes that came after the response although nobody had asked. */
      readonly excessBytes: number;
    }
  | { readonly kind: "failed"; readonly reason: FailureKind }
  /** The server had closed a kept-alive connection: no byte came, and the request may be sent anew. */
  | { readonly kind: "stale" };

/** Addresses must not be sent as a server name (RFC 6066 §3). */
function tlsOptions({ hostname, insecureTls }: Endpoint): Bun.TLSOptions {
  const name = isIP(hostname) === 0 ? { serverName: hostname } : {};
  return { ...name, rejectUnauthorized: !insecureTls };
}

/** A client connection that carries one request at a time. */
export class Connection {
  closed = false;
  private readonly reader = new ResponseReader();
  private socket: Socket | undefined;
  private pending: ((end: ExchangeEnd) => void) | undefined;
  private unsent: Uint8Array | undefined;
  private exchanges = 0;

  /** `onClose` is told once that an established connection is gone. */
  constructor(private readonly onClose: (connection: Connection) => void) {}

  /** Resolves to false when there is no connection in time. */
  open(endpoint: Endpoint): Promise<boolean> {
    return new Promise((resolve) => {
      let given = false;
      const give = (established: boolean) => {
        if (given) return;
        given = true;
        clearTimeout(timer);
        this.closed = !established;
        resolve(established);
      };
      const timer = setTimeout(() => {
        give(false);
        // There is a socket when only the TLS handshake is missing.
        this.socket?.terminate();
      }, endpoint.connectTimeoutMs);
      Bun.connect({
        hostname: endpoint.hostname,
        port: endpoint.port,
        ...(endpoint.tls && { tls: tlsOptions(endpoint) }),
        socket: {
          open: (socket) => {
            if (this.closed) {
              socket.terminate();
              return;
            }
            this.socket = socket;
            if (!endpoint.tls) give(true);
          },
          handshake: (socket, authorized) => {
            const trusted = authorized || endpoint.insecureTls;
            if (!trusted) socket.terminate();
            give(trusted);
          },
          data: (_socket, bytes) => this.received(bytes),
          drain: () => this.flush(),
          close: () => {
            give(false);
            this.lost();
          },
          // A TLS session that breaks also closes the socket, which ends the exchange.
          error: () => {},
          connectError: () => give(false),
        },
      }).catch(() => give(false));
    });
  }

  send(request: Uint8Array, method: Method, done: (end: ExchangeEnd) => void): void {
    this.reader.begin(method);
    this.pending = done;
    this.unsent = request;
    this.flush();
  }

  /** Ends the pending exchange, if any, with `reason`, and the connection with it. */
  abort(reason: FailureKind): void {
    // A reset rather than a close: the server shall stop working on it.
    this.closeBy((socket) => socket.terminate());
    this.finish({ kind: "failed", reason });
  }

  close(): void {
    this.closeBy((socket) => socket.end());
  }

  private closeBy(action: (socket: Socket) => void): void {
    if (this.closed) return;
    // Before the action, which calls the close handler at once.
    this.closed = true;
    if (this.socket !== undefined) action(this.socket);
    this.onClose(this);
  }

  private flush(): void {
    if (this.unsent === undefined || this.socket === undefined) return;
    const written = this.socket.write(this.unsent);
    // A negative count means that the socket is closed; its close event ends the exchange.
    if (written >= this.unsent.length) this.unsent = undefined;
    else if (written > 0) this.unsent = this.unsent.subarray(written);
  }

  private received(bytes: Buffer): void {
    if (this.pending === undefined) {
      // Bytes that nobody asked for: no request could trust this connection any more.
      this.close();
      return;
    }
    const progress = this.reader.push(bytes);
    if (progress === "invalid") this.abort("protocol");
    if (progress !== "complete") return;
    this.exchanges++;
    if (this.reader.head?.keepAlive !== true || this.reader.excessBytes > 0) this.close();
    this.finish(this.answer());
  }

  private lost(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.pending !== undefined) this.finish(this.endAtClose());
    this.onClose(this);
  }

  private endAtClose(): ExchangeEnd {
    if (this.reader.close() === "complete") return this.answer();
    if (!this.reader.started && this.exchanges > 0) return { kind: "stale" };
    return { kind: "failed", reason: "reset" };
  }

  private answer(): ExchangeEnd {
    const { head, body, excessBytes } = this.reader;
    if (head === undefined) throw new Error("a response cannot be complete without a head");
    return { kind: "answered", head, body, excessBytes };
  }

  private finish(end: ExchangeEnd): void {
    const done = this.pending;
    this.pending = undefined;
    done?.(end);
  }
}
