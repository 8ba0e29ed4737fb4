/** What makes a session known and gives it its place by age. */
export interface Listed<Session> {
  /** The client's address and port: what datagrams are told apart by. */
  readonly address: string;
  readonly port: number;
  /** Neighbours in the order of the last datagram; the table's alone. */
  newer: Session | undefined;
  older: Session | undefined;
}

/**
 * Sessions by client, in the order in which they were last used: finding, using and dropping the oldest one take the
 * same short time however many there are. By address first, so that clients who draw the same port share no list.
 */
export class UdpSessions<Session extends Listed<Session>> {
  private readonly byAddress = new Map<string, Map<number, Session>>();
  private newest: Session | undefined;
  private count = 0;
  /** The one that has been idle for longest. */
  oldest: Session | undefined;

  get size(): number {
    return this.count;
  }

  find(address: string, port: number): Session | undefined {
    return this.byAddress.get(address)?.get(port);
  }

  /** As the newest; its client must not be here yet. */
  add(session: Session): void {
    const { address, port } = session;
    const ofAddress = this.byAddress.get(address);
    if (ofAddress === undefined) this.byAddress.set(address, new Map([[port, session]]));
    else ofAddress.set(port, session);
    this.count++;
    this.append(session);
  }

  /** Has just been used. */
  touch(session: Session): void {
    if (session === this.newest) return;
    this.unlink(session);
    this.append(session);
  }

  remove(session: Session): void {
    const ofAddress = this.byAddress.get(session.address);
    if (ofAddress?.delete(session.port) !== true) return;
    if (ofAddress.size === 0) this.byAddress.delete(session.address);
    this.count--;
    this.unlink(session);
  }

  private append(session: Session): void {
    session.older = this.newest;
    session.newer = undefined;
    if (this.newest === undefined) this.oldest = session;
    else this.newest.newer = session;
    this.newest = session;
  }

  private unlink(session: Session): void {
    const { older, newer } = session;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
  }
}
