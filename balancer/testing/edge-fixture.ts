import { Writable } from "node:stream";
import type { z } from "zod";
import { type Clock, systemClock } from "../cluster/clock.ts";
import { seededRandom } from "../cluster/random.ts";
import type { Target } from "../cluster/target.ts";
import { configSchema } from "../config/schema.ts";
import { valueIn } from "../files/named-file.ts";
import { stickySecret } from "../files/sticky-secret.ts";
import type { ChallengeAnswers } from "../http/acme-challenge.ts";
import type { Certificate, Edge, EdgeOptions } from "../http/edge.ts";
import { Service } from "../http/service/service.ts";
import { clientLimitsOf } from "../limits/client-limits.ts";
import { AccessLog } from "../observe/access-log.ts";
import { Counts, createCountsMemory } from "../observe/counts.ts";
import { JsonLines } from "../observe/lines/json-lines.ts";
import { RequestRecorder } from "../observe/request-recorder.ts";
import { type StatusDocument, statusDocument } from "../observe/status.ts";
import type { Tracer } from "../observe/tracing/tracer.ts";
import { RawClient, type RawClientOptions } from "./raw-client.ts";
import { until } from "./until.ts";

/** Starts the edge under test. */
export type StartEdge = (options: EdgeOptions) => Edge;

type ConfigInput = z.input<typeof configSchema>;
type ListenerInput = Partial<Extract<ConfigInput["listeners"][number], { protocol: "http" }>>;
type GroupInput = Partial<ConfigInput["groups"][string]>;

/** What differs from one HTTP listener with one group `g` of the given targets, in lb.json's own words. */
export interface EdgeSetup {
  /** URLs of the targets of group `g`. */
  readonly targets?: readonly string[];
  readonly listener?: ListenerInput;
  readonly group?: GroupInput;
  /** Groups besides `g`. */
  readonly groups?: ConfigInput["groups"];
  readonly certificates?: readonly Certificate[];
  /** PEM of the authorities that https targets are checked by. */
  readonly upstreamCa?: string;
  /** What authorities are answered; they don't ask when it is left out. */
  readonly challenges?: ChallengeAnswers;
  /** Nothing is traced when it is left out. */
  readonly tracer?: Tracer;
  /** What the edge and its groups take the time from; the system's when left out. */
  readonly clock?: Clock;
}

/** A line of the access log. */
export interface LogLine {
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly group: string;
  readonly attempts: number;
  readonly target?: string;
  readonly fault?: string;
  readonly traceId?: string;
}

/** For tests: an edge on a free port with its groups behind it. */
export class EdgeFixture {
  private logText = "";
  private readonly clients: RawClient[] = [];

  private constructor(
    readonly edge: Edge,
    readonly services: ReadonlyMap<string, Service>,
    private readonly accessLog: AccessLog,
    /** Groups that get copies of requests alone. */
    private readonly shadows: ReadonlySet<string>,
  ) {}

  static start(startEdge: StartEdge, setup: EdgeSetup): EdgeFixture {
    const config = configSchema.parse({
      listeners: [
        {
          name: "test",
          protocol: "http",
          listen: "127.0.0.1:0",
          status: "/status",
          routes: [{ path: "/", group: "g" }],
          ...setup.listener,
        },
      ],
      groups: {
        g: {
          policy: "round-robin",
          health: false,
          targets: (setup.targets ?? []).map((url, index) => ({ id: `t${index}`, url })),
          ...setup.group,
        },
        ...setup.groups,
      },
    });
    const { clock = systemClock } = setup;
    const services = new Map(
      Object.entries(config.groups).map(([name, group]) => [
        name,
        new Service(name, group, {
          clock,
          ca: setup.upstreamCa,
          stickySecret: group.sticky && valueIn(stickySecret(group.sticky)),
          onStateChange: () => {},
        }),
      ]),
    );
    const [listener] = config.listeners;
    if (listener?.protocol !== "http") throw new Error("expected a config that begins with an http listener");
    const sink = new Writable({
      write(bytes: Buffer, _encoding, done) {
        fixture.logText += bytes.toString("utf8");
        done();
      },
    });
    const accessLog = new AccessLog({
      sink,
      reopen: undefined,
      format: new JsonLines(),
      clock,
      onFault: (fault) => console.error(fault),
      onLost: (lines) => console.error(`${lines} lines of the log were lost`),
    });
    const counts = new Counts(createCountsMemory(config, 1), 0);
    const groups = () =>
      [...services.values()].map(({ group, config: { policy } }) => ({ group, policyName: policy.name }));
    const shadows = new Set(listener.routes.flatMap(({ mirror }) => mirror?.group ?? []));
    const edge = startEdge({
      clock,
      random: seededRandom(1),
      limits: clientLimitsOf(listener),
      listener,
      certificates: setup.certificates ?? [],
      challenges: setup.challenges,
      services,
      recorder: new RequestRecorder(clock, counts.of(listener), accessLog, setup.tracer),
      statusDocument: () => statusDocument("test", 0, groups()),
    });
    const fixture = new EdgeFixture(edge, services, accessLog, shadows);
    for (const service of services.values()) service.start();
    return fixture;
  }

  get port(): number {
    return this.edge.port;
  }

  async client(options?: RawClientOptions): Promise<RawClient> {
    const client = await RawClient.connect(this.port, options);
    this.clients.push(client);
    return client;
  }

  /** What `/status` says. */
  async status(options?: RawClientOptions): Promise<StatusDocument> {
    const client = await this.client(options);
    const answer = await client.ask("GET", "/status");
    client.close();
    return JSON.parse(answer.body.toString("utf8")) as StatusDocument;
  }

  service(group: string): Service {
    const service = this.services.get(group);
    if (service === undefined) throw new Error(`there is no group ${group}`);
    return service;
  }

  /** A target of group `g`, with its counts. */
  target(id: string): Target {
    const found = this.service("g").group.targets.find((target) => target.id === id);
    if (found === undefined) throw new Error(`group g has no target ${id}`);
    return found;
  }

  /** Until `count` attempts are in flight in all groups together. */
  async inFlight(count: number): Promise<void> {
    await until(`${count} attempts in flight`, () => this.sum((target) => target.inFlight) === count);
  }

  /**
   * Ends the test: every attempt must have ended, and each must be counted once in `/status` and once
   * in the access log, which is returned.
   */
  async finish(options?: RawClientOptions): Promise<LogLine[]> {
    await this.inFlight(0);
    const status = await this.status(options);
    await this.stop();
    const lines = this.logText
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LogLine);
    const logged = lines.reduce((sum, line) => sum + line.attempts, 0);
    const targets = Object.entries(status.groups)
      // Copies have no line in the log.
      .filter(([name]) => !this.shadows.has(name))
      .flatMap(([, group]) => group.targets);
    const counted = targets.reduce((sum, target) => sum + target.requests, 0);
    const open = targets.reduce((sum, target) => sum + target.inFlight, 0);
    if (open !== 0) throw new Error(`/status says ${open} attempts in flight, expected 0`);
    if (counted !== logged) throw new Error(`/status counts ${counted} attempts, the access log ${logged}`);
    return lines;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.destroy();
    for (const service of this.services.values()) service.stop();
    await this.edge.stop();
    await this.accessLog.close();
  }

  private sum(count: (target: { readonly inFlight: number }) => number): number {
    const targets = [...this.services.values()].flatMap((service) => service.group.targets);
    return targets.reduce((sum, target) => sum + count(target), 0);
  }
}
