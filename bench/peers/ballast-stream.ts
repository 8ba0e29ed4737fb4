import { type Peer, versionFrom } from "./peer.ts";

/** The balancer as a relay of TCP or UDP, with the policy that its peers have too. */
export function ballastStream(executable: string, protocol: "tcp" | "udp"): Peer {
  return {
    name: `ballast ${protocol}`,
    program: "ballast",
    find: () => executable,
    version: () => versionFrom([executable, "--version"], /(\d[\w.+-]*)/),
    launch: (_executable, { port, targets, directory }) => {
      const config = {
        listeners: [{ name: "public", protocol, listen: `127.0.0.1:${port}`, group: "targets" }],
        groups: {
          targets: {
            policy: "least-connections",
            targets: targets.map((target) => ({
              id: target.id,
              url: `${protocol}://127.0.0.1:${target.port}`,
            })),
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
