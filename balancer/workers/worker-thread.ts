import { closeLeft } from "../sockets/readiness.ts";
import type { FromWorker, ToWorker, WorkerChange, WorkerSetup } from "./messages.ts";

/** What a worker's owner is told. */
export interface WorkerOwner {
  /** Everything but what the worker's own promises tell. */
  onMessage(message: FromWorker): void;
  /** The worker met an error that nobody caught; it ends. */
  onError(message: string): void;
}

/** One worker, from its start to the end of its thread. */
export class WorkerThread {
  /** Resolves when it has drained or stopped, or when its thread has ended. */
  readonly ended: Promise<void>;
  /** Resolves with the exit code when its thread has ended. */
  readonly closed: Promise<number>;
  private readonly worker: Worker;
  /** For {@link closeLeft}. */
  private readiness: number | undefined;
  private readonly listening: Promise<readonly number[]>;
  /** Whoever waits for the answer to a message that is told, the eldest first. */
  private readonly telling: (() => void)[] = [];
  /** Whoever waits for the answer to `prepare`. */
  private preparing: PromiseWithResolvers<readonly number[]> | undefined;

  /** Loads the program, and waits for {@link serve}. `entry`: URL of the program of every worker; `number`: this one's. */
  constructor(entry: string, number: number, owner: WorkerOwner) {
    const listening = Promise.withResolvers<readonly number[]>();
    const ended = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<number>();
    this.listening = listening.promise;
    // One that ends before it is told to serve is no news to anybody until then.
    this.listening.catch(() => {});
    this.ended = ended.promise;
    this.closed = closed.promise;
    this.worker = new Worker(entry);
    this.worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "listening") {
        this.readiness = data.readiness;
        listening.resolve(data.ports);
      } else if (data.kind === "told") this.telling.shift()?.();
      else if (data.kind === "prepared") this.preparing?.resolve(data.ports);
      else if (data.kind === "failed") (this.preparing ?? listening).reject(new Error(data.message));
      else if (data.kind === "ended") ended.resolve();
      else owner.onMessage(data);
    });
    this.worker.addEventListener("error", ({ message }) => owner.onError(message.trim()));
    this.worker.addEventListener("close", (event) => {
      const { code } = event as CloseEvent;
      if (this.readiness !== undefined) closeLeft(this.readiness);
      listening.reject(new Error(`worker ${number} ended at its start`));
      this.preparing?.reject(new Error(`worker ${number} has died`));
      for (const told of this.telling.splice(0)) told();
      ended.resolve();
      closed.resolve(code);
    });
  }

  /** Resolves with the ports in use; rejects when the worker can't listen, or ends before it does. */
  serve(setup: WorkerSetup): Promise<readonly number[]> {
    this.post({ kind: "serve", setup });
    return this.listening;
  }

  post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** Resolves when the worker has done what the message says, or is no more. */
  tell(message: Extract<ToWorker, { readonly kind: "targets" | "commit" }>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.telling.push(resolve);
    this.post(message);
    return promise;
  }

  /** Opens what another config needs besides; resolves with its ports, rejects with a clear message when it can't. */
  async prepare(change: WorkerChange): Promise<readonly number[]> {
    this.preparing = Promise.withResolvers();
    try {
      this.post({ kind: "prepare", change });
      return await this.preparing.promise;
    } finally {
      this.preparing = undefined;
    }
  }

  /** Ends the thread at once; resolves when it has ended. */
  async terminate(): Promise<void> {
    this.worker.terminate();
    await this.closed;
  }
}
