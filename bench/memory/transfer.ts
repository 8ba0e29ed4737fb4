import { failure, type Outcome, success } from "../outcome.ts";
import { EagerWriter, PacedReader } from "./paced.ts";

export type Direction = "download" | "upload";

export interface TransferPlan {
  readonly direction: Direction;
  readonly bodyBytes: number;
  readonly bytesPerSecond: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** An origin that sends a body as fast as it is taken, or takes one at the plan's pace. */
export function startOrigin(plan: TransferPlan): { readonly port: number; stop(): void } {
  const { direction, bodyBytes } = plan;
  const listener = Bun.listen<OriginState>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { writer: undefined, reader: undefined };
      },
      data(socket, bytes) {
        const isStart = socket.data.writer === undefined && socket.data.reader === undefined;
        if (isStart && direction === "download") {
          socket.write(
            `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bodyBytes}\r\n\r\n`,
          );
          socket.data.writer = new EagerWriter(bodyBytes);
          socket.data.writer.write(socket);
          return;
        }
        const headBytes = isStart ? bytes.indexOf("\r\n\r\n") + 4 : 0;
        socket.data.reader ??= new PacedReader(plan.bytesPerSecond, (bytesRead) => {
          plan.onProgress(bytesRead / bodyBytes);
          if (bytesRead >= bodyBytes) socket.write("HTTP/1.1 204 No Content\r\n\r\n");
        });
        if (bytes.length > headBytes) socket.data.reader.take(socket, bytes.length - headBytes);
      },
      drain: (socket) => socket.data.writer?.write(socket),
    },
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

interface OriginState {
  writer: EagerWriter | undefined;
  reader: PacedReader | undefined;
}

/** Carries one body through the balancer at `port`; ends when the whole of it has arrived. */
export function transfer(port: number, plan: TransferPlan): Promise<Outcome<void>> {
  const { direction, bodyBytes } = plan;
  return new Promise((resolve) => {
    const writer = new EagerWriter(direction === "upload" ? bodyBytes : 0);
    const reader = new PacedReader(plan.bytesPerSecond, (bytesRead) => {
      plan.onProgress(bytesRead / bodyBytes);
      // Of chunks and heads a little more comes than the body itself.
      if (bytesRead >= bodyBytes) resolve(success(undefined));
    });
    const connecting = Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          const request =
            direction === "upload" ? `POST / HTTP/1.1\r\nContent-Length: ${bodyBytes}` : "GET / HTTP/1.1";
          socket.write(`${request}\r\nHost: localhost\r\n\r\n`);
          writer.write(socket);
        },
        data(socket, bytes) {
          if (direction === "download") return reader.take(socket, bytes.length);
          const line = bytes.toString("latin1").split("\r\n")[0] ?? "";
          resolve(line.startsWith("HTTP/1.1 204") ? success(undefined) : failure(`the answer was ${line}`));
        },
        drain: (socket) => writer.write(socket),
        close: () => resolve(failure(`the connection closed after ${reader.bytesRead} bytes`)),
      },
    });
    connecting.then(
      (socket) => plan.signal.addEventListener("abort", () => socket.terminate()),
      (error: Error) => resolve(failure(error.message)),
    );
  });
}
