import type { Clock } from "../cluster/clock.ts";
import type { StateListener } from "../cluster/health.ts";
import { Target } from "../cluster/target.ts";
import type { ControlConfig } from "../config/control-schema.ts";
import { defaultPolicyConfigs, latencyDecayMs, type PolicyConfig } from "../policy/options.ts";
import { isReachedAt } from "./access.ts";
import { conflict, isSame, portFault, serverId } from "./admission.ts";
import type { PortName, Registration } from "./message.ts";
import { labelOf, type OpenPort, type PortOpener, serverUrl } from "./port.ts";
import type { Holder, RegisteredPort, RegisteredServer } from "./registered.ts";

export type RegistryRules = Pick<ControlConfig, "bind" | "ports" | "policy" | "maxServers">;

interface Server extends RegisteredServer {
  readonly port: Port;
  readonly holders: Set<Holder>;
  /** Whether clients may be relayed to it. */
  readonly isServed: boolean;
}

interface Port extends RegisteredPort {
  readonly servers: Map<string, Server>;
}

/**
 * Which servers are registered for which ports. Changes are made one after another: opening a port takes
 * a moment, in which its servers may already be gone.
 */
export class Registry {
  private readonly byLabel = new Map<string, Port>();
  private readonly held = new Map<Holder, Set<Server>>();
  /** Ports that are closed for new clients and still have some. */
  private readonly draining = new Map<OpenPort, Promise<void>>();
  private serverCount = 0;
  private isDraining = false;
  private lastChange: Promise<unknown> = Promise.resolve();

  constructor(
    private rules: RegistryRules,
    private readonly clock: Clock,
    private readonly openPort: PortOpener,
    /** Told of every change, in a line for people. */
    private readonly onChange: (line: string) => void,
  ) {}

  get ports(): readonly RegisteredPort[] {
    return [...this.byLabel.values()];
  }

  /** Goes by these from the next registration on. */
  become(rules: RegistryRules): void {
    this.rules = rules;
  }

  /** Servers that the holder has registered. */
  countOf(holder: Holder): number {
    return this.held.get(holder)?.size ?? 0;
  }

  /** Takes a server in, and opens its port if it is the first; resolves to the reason why not. */
  register(holder: Holder, registration: Registration): Promise<string | undefined> {
    return this.inTurn(() => this.admit(holder, registration));
  }

  /** Takes a server out, and closes its port if it is the last; resolves to the reason why not. */
  unregister(holder: Holder, name: PortName): Promise<string | undefined> {
    return this.inTurn(async () => {
      const server = this.byLabel.get(labelOf(name))?.servers.get(holder.address);
      if (server === undefined || !server.holders.has(holder))
        return `found ${labelOf(name)}, expected a port that was registered on this connection`;
      this.letGo(holder, server, "unregistered");
      return undefined;
    });
  }

  /** Takes out all that the holder has registered. */
  release(holder: Holder, why: string): Promise<void> {
    return this.inTurn(async () => {
      // The clients that are left shall finish at the servers that they have.
      if (this.isDraining) return;
      for (const server of this.held.get(holder) ?? []) this.letGo(holder, server, why);
    });
  }

  /** The holder has answered a hello after `roundTripMs`. */
  recordHello(holder: Holder, roundTripMs: number): void {
    for (const { port, target } of this.held.get(holder) ?? [])
      port.open.group.recordProbe(target, roundTripMs);
  }

  /** Closes all ports for new clients; resolves when those that they have are done. */
  async drain(): Promise<void> {
    this.isDraining = true;
    await this.inTurn(async () => {
      for (const { open } of this.byLabel.values()) this.drainPort(open);
    });
    await Promise.all(this.draining.values());
  }

  /** Ends at once, whatever is open. */
  async stop(): Promise<void> {
    const open = [...this.ports.map((port) => port.open), ...this.draining.keys()];
    await Promise.all(open.map((port) => port.stop()));
  }

  private async admit(holder: Holder, registration: Registration): Promise<string | undefined> {
    if (this.isDraining) return "found a registration, expected none: the balancer is ending";
    this.makeWay(holder, registration);
    const known = this.byLabel.get(labelOf(registration));
    const fault =
      known === undefined
        ? portFault(registration, this.rules.ports)
        : conflict(known, registration, holder.address);
    if (fault !== undefined) return fault;
    const server = known?.servers.get(holder.address);
    if (server !== undefined) {
      this.hold(holder, server);
      return undefined;
    }
    if (this.serverCount >= this.rules.maxServers)
      return `found ${this.serverCount} servers registered, expected fewer than ${this.rules.maxServers}`;
    const port = known ?? (await this.open(registration));
    if (typeof port === "string") return port;
    this.addServer(port, holder, registration);
    return undefined;
  }

  /** Who registers itself may do so in other words than it did with another process. */
  private makeWay(holder: Holder, registration: Registration): void {
    const server = this.byLabel.get(labelOf(registration))?.servers.get(holder.address);
    if (server === undefined) return;
    for (const other of server.holders) {
      if (!other.isStandIn) continue;
      if (isSame(server, registration)) this.hold(holder, server);
      this.letGo(other, server, "registers anew");
    }
  }

  /** Resolves to the fault when it can't be opened. */
  private async open(registration: Registration): Promise<Port | string> {
    const { protocol, port } = registration;
    const label = labelOf(registration);
    const policy = this.policyNamed(registration.policy);
    const onStateChange: StateListener = ({ id, state }, why) =>
      this.onChange(`${label}: server ${id} is ${state}: ${why}`);
    const { bind } = this.rules;
    const opened = await this.openPort({ protocol, port, bind, label, policy, onStateChange });
    if (!opened.ok) return `${label} can't be opened: ${opened.fault}`;
    const entry: Port = { protocol, port, bind, policy, open: opened.port, servers: new Map() };
    this.byLabel.set(label, entry);
    this.onChange(`${label} opened`);
    return entry;
  }

  private policyNamed(name: Registration["policy"]): PolicyConfig {
    const { policy } = this.rules;
    return name === undefined || name === policy.name ? policy : defaultPolicyConfigs[name];
  }

  private addServer(port: Port, holder: Holder, registration: Registration): void {
    const { address } = holder;
    const url = serverUrl(port, address);
    const { weight } = registration;
    const id = serverId(registration, address);
    const isServed = !isReachedAt(port.bind, address);
    const target = isServed
      ? port.open.add({ id, url, weight })
      : new Target(id, url, weight, this.clock.now(), latencyDecayMs(port.policy));
    if (!isServed) target.state = "unhealthy";
    const server: Server = { port, address, target, holders: new Set(), isServed };
    port.servers.set(address, server);
    this.serverCount++;
    this.hold(holder, server);
    const why = isServed ? "" : ": gets no clients, as the balancer itself has that port of that address";
    this.onChange(`${labelOf(port)}: server ${id} registered${why}`);
  }

  private hold(holder: Holder, server: Server): void {
    server.holders.add(holder);
    const held = this.held.get(holder);
    if (held === undefined) this.held.set(holder, new Set([server]));
    else held.add(server);
  }

  private letGo(holder: Holder, server: Server, why: string): void {
    server.holders.delete(holder);
    const held = this.held.get(holder);
    held?.delete(server);
    if (held?.size === 0) this.held.delete(holder);
    if (server.holders.size === 0) this.removeServer(server, why);
  }

  private removeServer({ port, address, target, isServed }: Server, why: string): void {
    if (isServed) port.open.remove(target);
    port.servers.delete(address);
    this.serverCount--;
    this.onChange(`${labelOf(port)}: server ${target.id} gone: ${why}`);
    if (port.servers.size > 0) return;
    this.byLabel.delete(labelOf(port));
    this.drainPort(port.open);
    this.onChange(`${labelOf(port)} closed: no server left`);
  }

  private drainPort(port: OpenPort): void {
    if (this.draining.has(port)) return;
    const drained = port.drain().finally(() => this.draining.delete(port));
    this.draining.set(port, drained);
  }

  private inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.lastChange.then(change);
    // Whoever asked for the change hears of its failure; the next one is made all the same.
    this.lastChange = result.catch(() => {});
    return result;
  }
}
