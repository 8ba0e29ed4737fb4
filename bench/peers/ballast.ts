import type { PolicyName } from "../../balancer/policy/options.ts";
import { type Peer, versionFrom } from "./peer.ts";

/** The balancer itself, as a compiled program, with every feature on that a listener has. */
export function ballast(executable: string, policy: PolicyName): Peer {
  return {
    name: `ballast ${policy}`,
    program: "ballast",
    find: () => executable,
    version: () => versionFrom([executable, "--version"], /(\d[\w.+-]*)/),
    launch: (_executable, { port, targets, directory }) => {
      const config = {
        listeners: [
          {
            name: "public",
            protocol: "http",
            listen: `127.0.0.1:${port}`,
            status: "/status",
            exposeTarget: true,
            routes: [{ path: "/", group: "targets" }],
          },
        ],
        groups: {
          targets: {
            policy,
            health: { path: "/health", interval: "2s" },
            targets: targets.map((target) => ({ id: target.id, url: `http://127.0.0.1:${target.port}` })),
          },
        },
        accessLog: `${directory}/access.log`,
      };
      return {
        files: { "lb.json": JSON.stringify(config, null, 2) },
        command: [executable, "--config", `${directory}/lb.json`],
      };
    },
  };
}
