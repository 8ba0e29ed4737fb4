import { valuesOf } from "./message.ts";
import { RawClient } from "./raw-client.ts";
import { until } from "./until.ts";

/** For tests: clients that ask one request after another, most of them on connections that they keep as long as they may. */
export function startLoad(port: number) {
  const seen = new Set<string>();
  let answered = 0;
  let isOver = false;
  const run = async (keeps: boolean) => {
    let client = await RawClient.connect(port);
    while (!isOver) {
      const answer = await client.ask("GET", "/").catch((error: Error) => error);
      answered++;
      seen.add(answer instanceof Error ? answer.message : `${answer.status} ${answer.body}`.trim());
      if (keeps && !(answer instanceof Error) && !valuesOf(answer, "connection").includes("close")) continue;
      client.socket.destroy();
      client = await RawClient.connect(port);
    }
    client.socket.destroy();
  };
  const clients = [true, true, true, true, false, false].map(run);
  return {
    /** Resolves after so many more answers. */
    async more(count: number) {
      const wanted = answered + count;
      await until(`${count} more answers`, () => answered >= wanted);
    },
    /** Resolves with every different answer that there was. */
    async stop(): Promise<readonly string[]> {
      isOver = true;
      await Promise.all(clients);
      return [...seen].sort();
    },
  };
}
