import type { Clock } from "../cluster/clock.ts";
import type { ControlConfig } from "../config/control-schema.ts";
import { type ControlServer, startControl } from "../control/control-server.ts";
import type { LeftPort, RegisteredPort } from "../control/registered.ts";
import { hostPort } from "../host-port.ts";
import { type ControlStatus, controlStatus } from "../observe/control-status.ts";
import { ControlPorts } from "./control-ports.ts";
import type { ListenerWorld } from "./open-listener.ts";

export interface ControlChannelOptions {
  readonly clock: Clock;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** For the ports that servers have it open. */
  readonly world: ListenerWorld;
}

/** Opened, and not yet in force. */
export interface PreparedChannel {
  commit(): void;
  abandon(): void;
}

/** Where servers announce themselves under one config after another, some of which may have no such place. */
export class ControlChannel {
  private server: ControlServer | undefined;
  private hostname = "";
  private readonly ports: ControlPorts;
  /** Of configs that had one, until the last client of their ports has gone. */
  private readonly leaving = new Set<ControlServer>();

  constructor(private readonly options: ControlChannelOptions) {
    this.ports = new ControlPorts(options.world);
  }

  /** In use, also where the config left it to the system; undefined where there is none. */
  get port(): number | undefined {
    return this.server?.port;
  }

  get registered(): readonly RegisteredPort[] {
    return this.server?.ports ?? [];
  }

  get status(): ControlStatus | undefined {
    if (this.server === undefined) return undefined;
    return controlStatus(hostPort(this.hostname, this.server.port), this.server);
  }

  /** Opens what the config has besides; throws with a clear message, nothing changed, when it can't. */
  prepare(config: ControlConfig | undefined, world: ListenerWorld): PreparedChannel {
    const { server } = this;
    const started = server === undefined ? config && this.start(config) : undefined;
    const changed = config && server?.prepare(config);
    return {
      commit: () => {
        this.ports.become(world);
        changed?.commit();
        if (config === undefined) this.leave();
        else this.hostname = config.listen.hostname;
        this.server ??= started;
      },
      abandon: () => {
        changed?.abandon();
        void started?.stop();
      },
    };
  }

  /** Opens the ports that a process before this one had open; resolves when that is done. */
  async adopt(ports: readonly LeftPort[]): Promise<void> {
    await this.server?.adopt(ports);
  }

  async drain(): Promise<void> {
    await Promise.all(this.all().map((server) => server.drain()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((server) => server.stop()));
  }

  private start(config: ControlConfig): ControlServer {
    const { clock, log, world } = this.options;
    return startControl({ clock, config, openPort: this.ports.opener, log, held: world.held });
  }

  private leave(): void {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    this.leaving.add(server);
    void server.drain().then(() => this.leaving.delete(server));
  }

  private all(): readonly ControlServer[] {
    return [...(this.server === undefined ? [] : [this.server]), ...this.leaving];
  }
}
