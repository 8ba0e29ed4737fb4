import { existsSync } from "node:fs";
import { nginxCommand, nginxVersion } from "./nginx.ts";
import { findExecutable, type Peer } from "./peer.ts";
import { confFile, fillTemplate } from "./template.ts";

/** Where distributions keep the module; built in where it is nowhere, or not there at all. */
const modules = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"].map(
  (directory) => `${directory}/ngx_stream_module.so`,
);

/** nginx as a relay of TCP or UDP. */
export function nginxStream(protocol: "tcp" | "udp"): Peer {
  return {
    name: `nginx stream least_conn`,
    program: "nginx",
    needs: "nginx with its stream module (Debian: libnginx-mod-stream)",
    find: () => {
      const nginx = findExecutable("nginx");
      return nginx !== undefined && streamModule(nginx) !== undefined ? nginx : undefined;
    },
    version: nginxVersion,
    launch: (executable, { port, targets, directory }) => {
      const servers = targets.map((target) => `    server 127.0.0.1:${target.port};`).join("\n");
      const options = protocol === "udp" ? " udp" : " backlog=4096";
      const module = streamModule(executable) ?? "";
      const values = { port, directory, module, method: "least_conn", servers, options };
      return {
        files: { "nginx.conf": fillTemplate(confFile("nginx-stream.conf"), values) },
        command: nginxCommand(executable, directory),
      };
    },
  };
}

/** The line that loads the module, empty where it is built in; undefined where there is none. */
function streamModule(executable: string): string | undefined {
  const module = modules.find((path) => existsSync(path));
  if (module !== undefined) return `load_module ${module};`;
  const built = Bun.spawnSync([executable, "-V"]).stderr.toString();
  return /--with-stream(\s|$)/.test(built) ? "" : undefined;
}
