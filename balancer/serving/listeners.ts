import type { Config, ListenerConfig } from "../config/schema.ts";
import type { PemFiles } from "../files/pem-files.ts";
import type { Certificate } from "../http/edge.ts";
import { ownSocketsOn } from "../sockets/poll.ts";
import { listenFault } from "../transport/listen-fault.ts";
import { type ListenerWorld, type OpenListener, openListener } from "./open-listener.ts";
import type { Services } from "./services.ts";

export interface ListenersOptions extends ListenerWorld {
  readonly config: Config;
  readonly pemFiles: PemFiles;
  /** Which of the config's listeners are this thread's. */
  readonly isOurs: (listener: ListenerConfig) => boolean;
}

/** What a new config asks for, opened and not yet in force. */
export interface PreparedListeners {
  /** As {@link OpenListeners.ports}. */
  readonly ports: readonly number[];
  /** Serves by it from now on: who stays is changed, who goes drains. */
  commit(): void;
  /** Closes what was opened for it. */
  abandon(): void;
}

/** The listeners of one thread. */
export interface OpenListeners {
  /** In the order of the config's listeners; those of other threads have the config's own port. */
  readonly ports: readonly number[];
  /** Opens what the other config has besides; rejects with a clear message, nothing changed, when it can't. */
  prepare(next: ListenersOptions): Promise<PreparedListeners>;
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Opens every listener, or none: rejects with a clear message when one can't be opened. */
export async function openListeners(options: ListenersOptions): Promise<OpenListeners> {
  const listeners = new Listeners();
  const prepared = await listeners.prepare(options);
  prepared.commit();
  return listeners;
}

/** A listener's certificates, and what it is to be. */
interface Wanted {
  readonly listener: ListenerConfig;
  readonly certificates: readonly Certificate[];
}

/** A listener with what it serves by. */
interface Entry extends Wanted {
  readonly open: OpenListener;
  readonly services: Services;
}

class Listeners implements OpenListeners {
  ports: readonly number[] = [];
  /** By where they listen. */
  private entries: ReadonlyMap<string, Entry> = new Map();
  /** Of former configs, until the last of their connections has ended. */
  private readonly leaving = new Set<Entry>();

  async prepare(options: ListenersOptions): Promise<PreparedListeners> {
    const { config, pemFiles, isOurs } = options;
    const next = { ...options, acme: config.acme };
    const wanted = new Map<string, Wanted>();
    for (const [index, listener] of config.listeners.entries()) {
      const certificates = pemFiles.certificates[index] ?? [];
      if (isOurs(listener)) wanted.set(placeOf(listener), { listener, certificates });
    }
    const opened = new Map<string, OpenListener>();
    const abandon = () => {
      for (const listener of opened.values()) void listener.stop();
    };
    try {
      for (const [place, { listener, certificates }] of wanted) {
        const present = this.entries.get(place)?.open;
        if (present?.canBecome(listener, certificates) === true) continue;
        // The port is our own: who takes the place listens on the same socket, and nothing in its queue is lost.
        const held = present === undefined ? next.held : ownSocketsOn;
        const start = () => openListener(listener, certificates, { ...next, held });
        opened.set(place, await namingListener(listener, start));
      }
    } catch (error) {
      abandon();
      throw error;
    }
    const portOf = (listener: ListenerConfig) => {
      const place = placeOf(listener);
      return (opened.get(place) ?? this.entries.get(place)?.open)?.port ?? listener.listen.port;
    };
    return {
      ports: config.listeners.map(portOf),
      commit: () => {
        this.ports = config.listeners.map(portOf);
        this.become(wanted, opened, next);
      },
      abandon,
    };
  }

  async drain(): Promise<void> {
    await Promise.all(this.all().map(({ open }) => open.drain()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map(({ open }) => open.stop()));
  }

  private all(): readonly Entry[] {
    return [...this.entries.values(), ...this.leaving];
  }

  private become(
    wanted: ReadonlyMap<string, Wanted>,
    opened: ReadonlyMap<string, OpenListener>,
    next: ListenersOptions,
  ): void {
    const entries = new Map<string, Entry>();
    for (const [place, { listener, certificates }] of wanted) {
      const other = opened.get(place);
      const open = other ?? this.entries.get(place)?.open;
      if (open === undefined) continue;
      if (other === undefined) open.become(listener, certificates, next);
      // From now on under the port that the system chose, where it did: the next config names that one.
      const at = { ...listener, listen: { ...listener.listen, port: open.port } };
      entries.set(placeOf(at), { open, listener, certificates, services: next.services });
    }
    const stay = new Set([...entries.values()].map(({ open }) => open));
    const gone = [...this.entries].filter(([, { open }]) => !stay.has(open));
    this.entries = entries;
    for (const entry of this.leaving) followUntilEnd(entry, next);
    for (const [place, entry] of gone) {
      followUntilEnd(entry, next);
      this.leaving.add(entry);
      void entry.open.drain(opened.has(place)).then(() => this.leaving.delete(entry));
    }
  }
}

/** Clients that still have connections to it may ask on them: their groups are those of now, as far as there are any. */
function followUntilEnd({ open, listener, certificates, services }: Entry, next: ListenersOptions): void {
  if (listener.protocol !== "http") return;
  const { stream, all } = services;
  const http = new Map([...services.http, ...next.services.http]);
  open.become(listener, certificates, { ...next, services: { http, stream, all } });
}

/** Listeners at the same place are the same one under different configs. */
function placeOf({ protocol, listen, name }: ListenerConfig): string {
  const transport = protocol === "udp" ? "udp" : "tcp";
  // Where the system chooses the port, nothing but the name tells two apart.
  return `${transport} ${listen.hostname}:${listen.port === 0 ? name : listen.port}`;
}

/** Names the listener in whatever goes wrong when it starts. */
export async function namingListener<Result>(
  { name, listen }: ListenerConfig,
  start: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    throw listenFault(`listener ${name}`, listen, error);
  }
}
