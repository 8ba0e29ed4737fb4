import { type ControlServer, startControl } from "./control/control-server.ts";
import { portOpener } from "./control-ports.ts";
import { type ListenersOptions, type OpenListeners, openListeners } from "./listeners.ts";
import { controlStatus } from "./observe/control-status.ts";
import type { MainStatus } from "./observe/main-status.ts";
import type { NamedGroup } from "./observe/status.ts";
import type { UdpStatus } from "./stream/udp-status.ts";

export interface PortsOptions extends ListenersOptions {
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Whether the control channel, and the ports that servers have it open, are this thread's. */
  readonly hasControl: boolean;
  /** What else this thread does, where it is the main one. */
  readonly tasks?: { readonly status: MainStatus };
}

/** All that a thread listens on. */
export interface OpenPorts extends OpenListeners {
  /** Of the control channel, where this thread has one. */
  readonly controlPort: number | undefined;
  /** Groups of servers that have announced themselves. */
  readonly registered: () => NamedGroup[];
  /** What `/status` tells of this thread. */
  readonly mainStatus: () => MainStatus;
}

/** Opens the config's listeners and its control channel, or nothing: rejects with a clear message when one can't be opened. */
export async function openPorts(options: PortsOptions): Promise<OpenPorts> {
  const udpStatuses = new Map<string, () => UdpStatus>();
  const control = openControl({ ...options, udpStatuses });
  const ownStatus = (): MainStatus => ({
    ...options.tasks?.status,
    ...(control !== undefined && { control: control.status() }),
    ...(udpStatuses.size > 0 && {
      udp: Object.fromEntries([...udpStatuses].map(([name, status]) => [name, status()])),
    }),
  });
  const { mainStatus = ownStatus } = options;
  const listeners = await openListeners({ ...options, udpStatuses, mainStatus }).catch(
    async (error: Error) => {
      await control?.server.stop();
      throw error;
    },
  );
  return {
    get ports() {
      return listeners.ports;
    },
    prepare: (next) => listeners.prepare({ ...next, udpStatuses, mainStatus }),
    controlPort: control?.server.port,
    registered: () =>
      (control?.server.ports ?? []).map(({ open, policy }) => ({
        group: open.group,
        policyName: policy.name,
      })),
    mainStatus: ownStatus,
    drain: async () => void (await Promise.all([listeners.drain(), control?.server.drain()])),
    stop: async () => void (await Promise.all([listeners.stop(), control?.server.stop()])),
  };
}

function openControl(options: PortsOptions) {
  const config = options.config.control;
  if (config === undefined || !options.hasControl) return undefined;
  const { clock, log } = options;
  const server: ControlServer = startControl({
    clock,
    config,
    openPort: portOpener(config.bind, { ...options, held: undefined }),
    log,
    held: options.held,
  });
  const { hostname } = config.listen;
  const listen = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`;
  return { server, status: () => controlStatus(listen, server) };
}
