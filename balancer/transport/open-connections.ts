/** Is told how many connections come and go. */
export interface ConnectionCounts {
  opened(): void;
  closed(): void;
}

/** The connections of a listener that are open. */
export class OpenConnections<Connection> {
  private readonly open = new Set<Connection>();
  private onNone = () => {};

  constructor(private readonly counts: ConnectionCounts) {}

  get size(): number {
    return this.open.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.open.values();
  }

  add(connection: Connection): void {
    this.open.add(connection);
    this.counts.opened();
  }

  /** Puts one in the place of another that it goes on as. */
  replace(former: Connection, connection: Connection): void {
    this.open.delete(former);
    this.open.add(connection);
  }

  delete(connection: Connection): void {
    if (this.open.delete(connection)) this.counts.closed();
    if (this.open.size === 0) this.onNone();
  }

  /** Resolves when there is none. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.onNone = resolve;
      if (this.open.size === 0) resolve();
    });
  }
}
