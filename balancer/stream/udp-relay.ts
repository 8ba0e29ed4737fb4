import type { udp } from "bun";
import type { Attempt, Outcome } from "../cluster/attempt.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Group } from "../cluster/group.ts";
import { isAvailable } from "../cluster/target.ts";
import type { HeldSockets } from "../sockets/poll.ts";
import type { ConnectDatagrams } from "./connected-datagrams.ts";
import { UdpIdleSweep } from "./udp-idle-sweep.ts";
import { newUdpSession, type UdpSession } from "./udp-session.ts";
import { UdpSessions } from "./udp-sessions.ts";
import { type EndedUdpSession, type UdpDropReason, type UdpStatus, udpDropReasons } from "./udp-status.ts";
import { UdpTurn } from "./udp-turn.ts";
import { UdpUpstream, type UpstreamOwner } from "./udp-upstream.ts";

/** The group that a relay shares its sessions out to. */
export interface UdpService {
  readonly group: Pick<Group, "begin">;
  /** The first reply is there: the session may last for as long as its client likes. */
  answered(attempt: Attempt, nowMs: number): void;
  /** Ends the attempt, and lets health learn from it. */
  end(attempt: Attempt, outcome: Outcome, nowMs: number): void;
}

export interface UdpRelayOptions {
  readonly clock: Clock;
  readonly listen: { readonly hostname: string; readonly port: number };
  /** Sockets that are open already, one of them to be listened on instead of a new one. */
  readonly held?: HeldSockets | undefined;
  readonly service: UdpService;
  /** A session without a datagram in either direction ends after this, and up to an eighth of it later. */
  readonly idleTimeoutMs: number;
  /** One more, and the one that has been idle for longest ends. */
  readonly maxSessions: number;
  /** How sockets to targets are opened, where not by the cheapest means. */
  readonly connect?: ConnectDatagrams | undefined;
  /** Told of every session that has ended. */
  readonly onSessionEnd?: (session: EndedUdpSession) => void;
}

/** When the relay comes to its end, a session that is quiet for so long has what it wanted. */
const drainIdleMs = 1000;

/** A session for each client address and port, until it is idle. */
export class UdpRelay implements UpstreamOwner<UdpSession> {
  private readonly sessions = new UdpSessions<UdpSession>();
  private readonly dropped = new Map<UdpDropReason, number>(udpDropReasons.map((reason) => [reason, 0]));
  private sessionsBegun = 0;
  private sessionsEvicted = 0;
  private datagramsIn = 0;
  private readonly turn: UdpTurn;
  private readonly sweep: UdpIdleSweep;
  private drained: PromiseWithResolvers<void> | undefined;
  private isStopped = false;

  /** For `startUdpRelay` alone. */
  constructor(
    private options: UdpRelayOptions,
    private readonly socket: udp.Socket<"buffer">,
    /** In use, also where the config left it to the system. */
    readonly port: number,
  ) {
    this.turn = new UdpTurn(socket, options.clock, this);
    this.sweep = new UdpIdleSweep({
      clock: options.clock,
      sessions: this.sessions,
      idleMs: () => this.idleMs(),
      end: (session) => this.end(session, undefined),
      onNone: () => {
        if (this.drained !== undefined) this.stop();
      },
    });
  }

  get status(): UdpStatus {
    const dropped = Object.fromEntries(this.dropped) as Record<UdpDropReason, number>;
    const { sessionsBegun, sessionsEvicted, datagramsIn } = this;
    return {
      sessions: this.sessions.size,
      sessionsBegun,
      sessionsEvicted,
      datagramsIn,
      datagramsOut: this.turn.repliesSent,
      dropped,
    };
  }

  /** Relays by these options from the next session on; how long one may be idle holds for all. */
  become(options: UdpRelayOptions): void {
    this.options = options;
  }

  /** Takes no new sessions; resolves when the open ones have become quiet. */
  drain(): Promise<void> {
    this.drained ??= Promise.withResolvers();
    this.sweep.now();
    return this.drained.promise;
  }

  /** Ends at once. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.sweep.stop();
    this.turn.end();
    for (let session = this.sessions.oldest; session !== undefined; session = this.sessions.oldest)
      this.end(session, "stopped");
    this.socket.close();
    this.drained?.resolve();
  }

  /** For the listener's socket. */
  onDatagram(bytes: Buffer, port: number, address: string): void {
    if (this.isStopped) return;
    this.turn.begin();
    this.datagramsIn++;
    const session = this.sessions.find(address, port) ?? this.admit(address, port);
    if (session === undefined) return;
    const upstream = this.upstreamOf(session);
    if (upstream === undefined) {
      this.lost("noTarget", 1);
      this.end(session, "no target");
      return;
    }
    this.used(session);
    session.bytesIn += bytes.length;
    this.turn.send(upstream, bytes);
  }

  onReply(session: UdpSession, upstream: UdpUpstream<UdpSession>, bytes: Uint8Array): void {
    this.turn.begin();
    if (upstream.firstReplyAtMs === undefined)
      session.options.service.answered(upstream.attempt, this.turn.atMs);
    upstream.replied(this.turn.atMs);
    this.used(session);
    session.bytesOut += bytes.length;
    this.turn.reply(bytes, session.port, session.address);
  }

  /** The client's next datagram goes elsewhere. */
  onRefused(session: UdpSession, upstream: UdpUpstream<UdpSession>): void {
    session.refusedBy = upstream.attempt.target;
    this.leave(session, upstream, upstream.refusal);
  }

  onShortage(session: UdpSession): void {
    this.end(session, "no socket");
    // Of those that came together none is older: one would end for another before its reply could come.
    const { oldest } = this.sessions;
    if (oldest !== undefined && oldest.usedAtMs < this.turn.atMs) this.evictOldest();
  }

  lost(reason: UdpDropReason, datagrams: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + datagrams);
  }

  private admit(address: string, port: number): UdpSession | undefined {
    if (this.drained !== undefined) {
      this.lost("draining", 1);
      return undefined;
    }
    if (this.sessions.size >= this.options.maxSessions) this.evictOldest();
    const session = newUdpSession(address, port, this.options, this.turn.atMs);
    this.sessions.add(session);
    this.sessionsBegun++;
    this.sweep.later();
    return session;
  }

  /** Chosen anew when the target is gone; undefined when there is none. */
  private upstreamOf(session: UdpSession): UdpUpstream<UdpSession> | undefined {
    const { upstream, refusedBy, address } = session;
    if (upstream !== undefined) {
      if (isAvailable(upstream.attempt.target.state)) return upstream;
      this.leave(session, upstream, upstream.outcome);
    }
    const { group } = this.options.service;
    // Who refused may be the only one there is.
    const attempt = (refusedBy && group.begin(address, [refusedBy])) ?? group.begin(address);
    if (attempt === undefined) return undefined;
    session.options = this.options;
    session.lastTarget = attempt.target;
    session.upstream = new UdpUpstream(attempt, session, this, this.options.connect);
    return session.upstream;
  }

  private leave(session: UdpSession, upstream: UdpUpstream<UdpSession>, outcome: Outcome): void {
    this.turn.flush(upstream);
    upstream.close();
    session.upstream = undefined;
    session.options.service.end(upstream.attempt, outcome, this.options.clock.now());
  }

  private end(session: UdpSession, fault: EndedUdpSession["fault"]): void {
    const { upstream, address, port, lastTarget: target, bytesIn, bytesOut } = session;
    if (upstream !== undefined) this.leave(session, upstream, upstream.outcome);
    this.sessions.remove(session);
    const durationMs = this.options.clock.now() - session.startedAtMs;
    session.options.onSessionEnd?.({ address, port, target, bytesIn, bytesOut, durationMs, fault });
  }

  private evictOldest(): void {
    const { oldest } = this.sessions;
    if (oldest === undefined) return;
    this.sessionsEvicted++;
    this.end(oldest, "evicted");
  }

  private used(session: UdpSession): void {
    session.usedAtMs = this.turn.atMs;
    this.sessions.touch(session);
  }

  private idleMs(): number {
    const { idleTimeoutMs } = this.options;
    return this.drained === undefined ? idleTimeoutMs : Math.min(idleTimeoutMs, drainIdleMs);
  }
}
