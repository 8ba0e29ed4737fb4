import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Listed, UdpSessions } from "./udp-sessions.ts";

interface Entry extends Listed<Entry> {
  readonly name: string;
}

const client = fc.record({ address: fc.constantFrom("10.0.0.1", "10.0.0.2", "::1"), port: fc.nat(3) });
const step = fc.record({ client, action: fc.constantFrom("use", "use", "remove", "evict") });

test("finds, orders and counts as a list that is searched would", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sessions = new UdpSessions<Entry>();
      const model: string[] = [];
      const drop = (name: string) => model.splice(model.indexOf(name), 1);
      for (const { client, action } of steps) {
        const { address, port } = client;
        const name = `${address} ${port}`;
        const found = sessions.find(address, port);
        expect(found?.name).toBe(model.includes(name) ? name : undefined);
        if (action === "evict") {
          if (sessions.oldest !== undefined) sessions.remove(sessions.oldest);
          model.shift();
        } else if (action === "remove") {
          if (found === undefined) continue;
          sessions.remove(found);
          // The second time it is not there any more.
          sessions.remove(found);
          drop(name);
        } else {
          if (found === undefined) sessions.add({ name, address, port, newer: undefined, older: undefined });
          else {
            sessions.touch(found);
            drop(name);
          }
          model.push(name);
        }
        expect(sessions.size).toBe(model.length);
        const names: string[] = [];
        for (let each = sessions.oldest; each !== undefined; each = each.newer) names.push(each.name);
        expect(names).toEqual(model);
      }
    }),
  );
});
