import type { Config } from "../config/schema.ts";
import type { LeftPort, RegisteredPort } from "../control/registered.ts";
import type { MainStatus } from "../observe/main-status.ts";
import type { NamedGroup } from "../observe/status.ts";
import type { UdpStatus } from "../stream/udp-status.ts";
import { ControlChannel } from "./control-channel.ts";
import { type ListenersOptions, type OpenListeners, openListeners } from "./listeners.ts";
import type { ListenerWorld } from "./open-listener.ts";

export interface PortsOptions extends ListenersOptions {
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Whether the control channel, and the ports that servers have it open, are this thread's. */
  readonly hasControl: boolean;
  /** What else this thread does, where it is the main one. */
  readonly tasks?: { readonly status: MainStatus };
  /** Ports that servers had a process before this one open. */
  readonly left?: readonly LeftPort[] | undefined;
}

/** All that a thread listens on. */
export interface OpenPorts extends OpenListeners {
  /** Of the control channel, where this thread has one. */
  readonly controlPort: number | undefined;
  /** Ports that servers have it open. */
  readonly controlPorts: readonly RegisteredPort[];
  /** Groups of servers that have announced themselves. */
  readonly registered: () => NamedGroup[];
  /** What `/status` tells of this thread. */
  readonly mainStatus: () => MainStatus;
}

/** Opens the config's listeners and its control channel, or nothing: rejects with a clear message when one can't be opened. */
export async function openPorts(options: PortsOptions): Promise<OpenPorts> {
  const { clock, log, counts, hasControl, left = [] } = options;
  const udpStatuses = new Map<string, () => UdpStatus>();
  // What servers have open stands in no config, so its counts go on as they are.
  const controlWorld = (world: ListenerWorld) => ({ ...world, counts, udpStatuses });
  const control = new ControlChannel({ clock, log, world: controlWorld(options) });
  const prepareControl = (next: ListenersOptions) =>
    control.prepare(hasControl ? next.config.control : undefined, controlWorld(next));
  const ownStatus = (): MainStatus => ({
    ...options.tasks?.status,
    ...(control.status !== undefined && { control: control.status }),
    ...(udpStatuses.size > 0 && {
      udp: Object.fromEntries([...udpStatuses].map(([name, status]) => [name, status()])),
    }),
  });
  const { mainStatus = ownStatus } = options;
  prepareControl(options).commit();
  const listeners = await openListeners({ ...options, udpStatuses, mainStatus }).catch(
    async (error: Error) => {
      await control.stop();
      throw error;
    },
  );
  await control.adopt(left.filter((port) => !hasListenerOn(options.config, port)));
  return {
    get ports() {
      return listeners.ports;
    },
    async prepare(next) {
      const preparedControl = prepareControl(next);
      const prepared = await listeners.prepare({ ...next, udpStatuses, mainStatus }).catch((error: Error) => {
        preparedControl.abandon();
        throw error;
      });
      return {
        ports: prepared.ports,
        commit() {
          prepared.commit();
          preparedControl.commit();
        },
        abandon() {
          prepared.abandon();
          preparedControl.abandon();
        },
      };
    },
    get controlPort() {
      return control.port;
    },
    get controlPorts() {
      return control.registered;
    },
    registered: () =>
      control.registered.map(({ open, policy }) => ({ group: open.group, policyName: policy.name })),
    mainStatus: ownStatus,
    drain: async () => void (await Promise.all([listeners.drain(), control.drain()])),
    stop: async () => void (await Promise.all([listeners.stop(), control.stop()])),
  };
}

/** Whether a listener of the config has the port now. */
function hasListenerOn({ listeners }: Config, { protocol, port }: LeftPort): boolean {
  return listeners.some(
    ({ listen, protocol: other }) => listen.port === port && (other === "udp") === (protocol === "udp"),
  );
}
