import { expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { groupSchema } from "../../config/group-schema.ts";
import { until } from "../../testing/until.ts";
import { Service } from "./service.ts";

const targets = [{ id: "t", url: "http://127.0.0.1:1", weight: 1 }];

test("a service takes its targets' pools over from the one before, and does not keep it", async () => {
  const clock = new VirtualClock();
  const serviceAfter = (previous: Service | undefined, maxInGroup: number): Service => {
    const members = previous?.group.targets;
    const context = { clock, onStateChange() {}, previous, ...(members !== undefined && { members }) };
    return new Service("g", groupSchema.parse({ health: false, targets, maxInGroup }), context);
  };
  const earlier: WeakRef<Service>[] = [];
  let service = serviceAfter(undefined, 1);
  const [target] = service.group.targets;
  if (target === undefined) throw new Error("no target");
  const pool = service.poolOf(target);
  for (let reload = 2; reload < 30; reload++) {
    earlier.push(new WeakRef(service));
    const next = serviceAfter(service, reload);
    service.stop(next);
    service = next;
  }
  await until("nearly all of them are gone", () => {
    Bun.gc(true);
    // What lies about on the stack keeps one or two.
    return earlier.filter((each) => each.deref() !== undefined).length < 5;
  });
  // Last, or the chain of them would hang on nothing.
  expect(service.poolOf(target)).toBe(pool);
});
