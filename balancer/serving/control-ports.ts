import { groupSchema } from "../config/group-schema.ts";
import { listenerSchema } from "../config/listener-schema.ts";
import type { ListenerConfig } from "../config/schema.ts";
import type { Opened, OpenPort, PortOpener, PortRequest } from "../control/port.ts";
import { hostPort } from "../host-port.ts";
import { Service } from "../http/service/service.ts";
import { areOpenFilesUsedUp } from "../sockets/open-files.ts";
import { StreamService } from "../stream/stream-service.ts";
import { type ListenerWorld, type OpenListener, openListener } from "./open-listener.ts";
import type { GroupService, Services } from "./services.ts";

/** What a group of the config has when nothing is said. */
const groupDefaults = groupSchema.omit({ targets: true }).parse({});

/** A port with what it serves by. */
interface Entry {
  readonly listener: OpenListener;
  readonly config: ListenerConfig;
  readonly services: Services;
}

/**
 * The ports that are open for servers that have announced themselves: each is a listener and a group as the config has them,
 * with all defaults.
 */
export class ControlPorts {
  private readonly open = new Set<Entry>();

  constructor(private world: ListenerWorld) {}

  /** What comes on them from now on is served by the new world, but for its groups. */
  become(world: ListenerWorld): void {
    this.world = world;
    for (const { listener, config, services } of this.open)
      listener.become(config, [], { ...world, services });
  }

  readonly opener: PortOpener = async (request): Promise<Opened> => {
    const { world } = this;
    const services = servicesFor(request, world);
    const service = services.all.get(request.label);
    if (service === undefined) throw new Error(`no service for ${request.label}`);
    const config = listenerFor(request);
    let listener: OpenListener;
    try {
      listener = await openListener(config, [], { ...world, services, reusePort: false });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // Whatever the system refuses has a code, but that no more files may be open; all else is a bug.
      if (code === undefined && !areOpenFilesUsedUp()) throw error;
      return {
        ok: false,
        fault: code === "EADDRINUSE" ? "the port is in use" : `${message} (${code ?? "EMFILE"})`,
      };
    }
    service.start();
    const entry = { listener, config, services };
    this.open.add(entry);
    const forget = () => {
      this.open.delete(entry);
      // Another may have been opened while this one had clients still.
      const names = [...this.open].map(({ config: { name } }) => name);
      if (!names.includes(request.label)) this.world.counts.forget(request.label);
    };
    return { ok: true, port: openPort(request, listener, service, forget) };
  };
}

/** `forget`: called when the port is closed. */
function openPort(
  { protocol }: PortRequest,
  listener: OpenListener,
  service: GroupService,
  forget: () => void,
): OpenPort {
  const { group } = service;
  return {
    group,
    add: (server) => service.watched.add(server),
    remove: (target) => service.watched.remove(target),
    async drain() {
      // A UDP port is free only when its last session has ended; without servers there is nothing that they could finish.
      if (protocol === "udp" && group.targets.length === 0) await listener.stop();
      else await listener.drain();
      service.stop();
      forget();
    },
    async stop() {
      await listener.stop();
      service.stop();
      forget();
    },
  };
}

function servicesFor(
  { protocol, label, policy, onStateChange }: PortRequest,
  options: ListenerWorld,
): Services {
  const config = { ...groupDefaults, policy, targets: [] };
  const context = { clock: options.clock, onStateChange };
  if (protocol === "api") {
    const service = new Service(label, config, context);
    return { http: new Map([[label, service]]), stream: new Map(), all: new Map([[label, service]]) };
  }
  const service = new StreamService(label, protocol, config, context);
  return { http: new Map(), stream: new Map([[label, service]]), all: new Map([[label, service]]) };
}

function listenerFor({ protocol, port, label, bind }: PortRequest): ListenerConfig {
  const common = { name: label, listen: hostPort(bind, port) };
  return listenerSchema.parse(
    protocol === "api"
      ? { ...common, protocol: "http", routes: [{ group: label }] }
      : { ...common, protocol, group: label },
  );
}
