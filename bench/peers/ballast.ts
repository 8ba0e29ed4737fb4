import type { PolicyName } from "../../balancer/policy/options.ts";
import { type Peer, versionFrom } from "./peer.ts";

export const edgeNames = ["wire", "serve", "auto"] as const;
export type EdgeName = (typeof edgeNames)[number];

/** What is set apart from the defaults; everything that a listener has is on in any case. */
export interface BallastOptions {
  /** In tables, behind the program's name. */
  readonly label: string;
  readonly policy?: PolicyName;
  readonly edge?: EdgeName;
  readonly workers?: number;
  readonly pinWorkers?: boolean;
  /** How long clients' connections may rest, such as `240s`. */
  readonly idleTimeout?: string;
  /** Another loopback address, where the admin server has the same port; there is none otherwise. */
  readonly adminHostname?: string;
}

/** The balancer itself, as a compiled program, with every feature on that a listener has. */
export function ballast(executable: string, options: BallastOptions): Peer {
  const { label, policy = "ewma", edge, workers, pinWorkers, idleTimeout, adminHostname } = options;
  return {
    name: `ballast ${label}`,
    program: "ballast",
    find: () => executable,
    version: () => versionFrom([executable, "--version"], /(\d[\w.+-]*)/),
    launch: (_executable, { port, targets, directory, certificate }) => {
      const config = {
        ...(workers !== undefined && { workers }),
        ...(pinWorkers !== undefined && { pinWorkers }),
        listeners: [
          {
            name: "public",
            protocol: "http",
            listen: `127.0.0.1:${port}`,
            ...(edge !== undefined && { edge }),
            ...(certificate !== undefined && {
              tls: { cert: `${directory}/cert.pem`, key: `${directory}/key.pem` },
              http2: true,
            }),
            ...(idleTimeout !== undefined && { idleTimeout }),
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
        ...(adminHostname !== undefined && { admin: { listen: `${adminHostname}:${port}` } }),
      };
      return {
        files: {
          "lb.json": JSON.stringify(config, null, 2),
          ...(certificate && { "cert.pem": certificate.cert, "key.pem": certificate.key }),
        },
        command: [executable, "--config", `${directory}/lb.json`],
      };
    },
  };
}
