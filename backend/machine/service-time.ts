import type { ServiceTime } from "./profile.ts";
import type { Random } from "./random.ts";

/** Draws the time that one request keeps a worker busy, in ms; the draws have the mean `service.meanMs`. */
export function drawServiceMs(service: ServiceTime, random: Random): number {
  switch (service.distribution) {
    case "constant":
      return service.meanMs;
    case "exponential":
      return service.meanMs * standardExponential(random);
    case "lognormal":
      // exp(μ + σZ) has the mean exp(μ + σ²/2), so μ = ln(mean) − σ²/2.
      return service.meanMs * Math.exp(service.sigma * (standardNormal(random) - service.sigma / 2));
  }
}

function standardExponential(random: Random): number {
  return -Math.log(1 - random());
}

/** Box-Muller: two independent exponential and uniform draws make a normal one. */
function standardNormal(random: Random): number {
  return Math.sqrt(2 * standardExponential(random)) * Math.cos(2 * Math.PI * random());
}
