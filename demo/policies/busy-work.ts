const requestsAtOnce = 4;

/** Requests sent straight to a server, past every balancer, so that its load rises. */
export class BusyWork {
  private readonly endsAtMs = new Map<string, number>();
  private isStopped = false;

  /** Keeps the server at `url` busy for `forMs` from now on. */
  begin(url: string, forMs: number): void {
    const runs = this.remainingMs(url) > 0;
    this.endsAtMs.set(url, performance.now() + forMs);
    if (!runs) for (let i = 0; i < requestsAtOnce; i++) void this.work(url);
  }

  /** How much longer the server is kept busy; 0 when it is not. */
  remainingMs(url: string): number {
    return Math.max(0, (this.endsAtMs.get(url) ?? 0) - performance.now());
  }

  /** Sends nothing more. */
  stop(): void {
    this.isStopped = true;
  }

  private async work(url: string): Promise<void> {
    try {
      while (!this.isStopped && this.remainingMs(url) > 0) await (await fetch(`${url}/2`)).text();
    } catch {
      // The server is gone: there is nobody left to keep busy.
      this.endsAtMs.delete(url);
    }
  }
}
