import type { Behaviour } from "./behaviour.ts";
import type { Occurrence } from "./changes.ts";
import type { FaultyServer } from "./servers.ts";

/** Something that happens to a server, and is over again. */
export interface Fault {
  readonly name: string;
  begin(server: FaultyServer): Promise<void>;
  end(server: FaultyServer): Promise<void>;
}

function behaves(behaviour: Behaviour, name: string = behaviour): Fault {
  return { name, begin: (server) => server.behave(behaviour), end: (server) => server.behave("sound") };
}

export const faults: readonly Fault[] = [
  { name: "killed", begin: (server) => server.kill(), end: (server) => server.start() },
  {
    name: "stopped",
    begin: async (server) => server.signal("SIGSTOP"),
    end: async (server) => server.signal("SIGCONT"),
  },
  behaves("slow", "10 × slower"),
  behaves("failing", "fails all fast"),
  behaves("failing 30 %", "fails 30 %"),
  behaves("resets"),
  behaves("silent", "never answers"),
  behaves("refuses"),
];

/** One server in that trouble, and sound again. */
export function faultOfOne(fault: Fault): Occurrence {
  return {
    name: fault.name,
    async play({ servers: [faulty] }, durationMs) {
      if (faulty === undefined) throw new Error("there are no servers");
      await fault.begin(faulty);
      await Bun.sleep(durationMs);
      await fault.end(faulty);
    },
  };
}
