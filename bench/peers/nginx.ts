import { findExecutable, type Peer, versionFrom } from "./peer.ts";
import { confFile, fillTemplate } from "./template.ts";

/** `method` as in an `upstream` block; several workers listen on the port each for itself, as ours do. */
export function nginx(method: "least_conn" | "random two least_conn", workers = 1): Peer {
  return {
    name: `nginx ${method.replace(" least_conn", "")}`,
    program: "nginx",
    find: () => findExecutable("nginx"),
    version: nginxVersion,
    launch: (executable, { port, targets, directory, certificate }) => {
      const servers = targets.map((target) => `    server 127.0.0.1:${target.port};`).join("\n");
      const reusePort = workers === 1 ? "" : " reuseport";
      const tls = certificate === undefined ? "" : " ssl http2";
      const certificates =
        certificate === undefined
          ? ""
          : `    ssl_certificate ${directory}/cert.pem;\n    ssl_certificate_key ${directory}/key.pem;`;
      const values = { port, directory, workers, method, servers, reusePort, tls, certificates };
      return {
        files: {
          "nginx.conf": fillTemplate(confFile("nginx.conf"), values),
          ...(certificate && { "cert.pem": certificate.cert, "key.pem": certificate.key }),
        },
        command: nginxCommand(executable, directory),
      };
    },
  };
}

export function nginxVersion(executable: string): string {
  return versionFrom([executable, "-v"], /nginx\/(\S+)/);
}

/** Runs the `nginx.conf` of `directory`; `-e` keeps it from opening the system's log before it reads that. */
export function nginxCommand(executable: string, directory: string): readonly string[] {
  return [executable, "-p", directory, "-c", `${directory}/nginx.conf`, "-e", `${directory}/error.log`];
}
