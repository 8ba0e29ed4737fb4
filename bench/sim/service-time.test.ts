import { expect, test } from "bun:test";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { drawServiceTime, serviceTimes } from "./service-time.ts";

const drawn = 200_000;

for (const name of serviceTimes) {
  test(`${name} service times have the mean 1 and are above 0`, () => {
    const random = seededRandom(1);
    let sum = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < drawn; i++) {
      const time = drawServiceTime(name, random);
      sum += time;
      least = Math.min(least, time);
    }
    expect(Math.abs(sum / drawn - 1)).toBeLessThan(0.02);
    expect(least).toBeGreaterThan(0);
  });
}
