import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Field, type Message, readHead, readMessage } from "./message.ts";
import { Wire } from "./wire.ts";

export interface OriginRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly Field[];
  readonly body: Buffer;
  readonly trailers: readonly Field[];
}

/** Answers one request by what it sends on the connection, byte by byte. */
export type Respond = (request: OriginRequest, connection: Wire) => void;

export interface OriginOptions {
  /** When `respond` is called: with the whole request, or as soon as its head has come. */
  readonly respondAt?: "end" | "head";
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** For tests: a target that answers with exactly the bytes it is told to. */
export class RawOrigin {
  /** Whole requests, in the order they came. */
  readonly requests: OriginRequest[] = [];
  /** Every connection it accepted, open or not. */
  readonly connections: Wire[] = [];

  private constructor(
    private readonly server: Server,
    private readonly scheme: "http" | "https",
  ) {}

  static async start(respond: Respond, { respondAt = "end", tls }: OriginOptions = {}): Promise<RawOrigin> {
    const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createTlsServer(tls);
    const origin = new RawOrigin(server, tls === undefined ? "http" : "https");
    server.on(tls === undefined ? "connection" : "secureConnection", (socket) => {
      const connection = new Wire(socket);
      origin.connections.push(connection);
      void origin.serve(connection, respond, respondAt);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return origin;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.connections.filter((connection) => !connection.isClosed).length;
  }

  stop(): void {
    this.server.close();
    for (const { socket } of this.connections) socket.destroy();
  }

  private async serve(connection: Wire, respond: Respond, respondAt: "end" | "head"): Promise<void> {
    try {
      for (;;) {
        if (respondAt === "head") {
          const head = await connection.wait(
            "a request's head",
            () => readHead(connection.received),
            Number.POSITIVE_INFINITY,
          );
          respond(requestOf({ ...head, body: Buffer.alloc(0), trailers: [] }), connection);
        }
        const read = () => readMessage(connection.received, "empty", connection.isClosed);
        const message = await connection.wait("a request", read, Number.POSITIVE_INFINITY);
        connection.take(message.length);
        const request = requestOf(message);
        this.requests.push(request);
        if (respondAt === "end") respond(request, connection);
        if (request.fields.some(([name]) => name === "upgrade")) return;
      }
    } catch (error) {
      // The balancer has closed the connection, which ends this loop.
      if (!connection.isClosed) throw error;
    }
  }
}

function requestOf({ startLine, fields, body, trailers }: Omit<Message, "length">): OriginRequest {
  const [method = "", target = ""] = startLine.split(" ");
  return { method, target, fields, body: Buffer.from(body), trailers };
}

/** A whole answer with a length. */
export function okWith(body: string, lines: readonly string[] = []): string {
  const head = ["HTTP/1.1 200 OK", ...lines, `content-length: ${Buffer.byteLength(body, "latin1")}`];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
