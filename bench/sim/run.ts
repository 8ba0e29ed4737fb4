import type { Clock } from "../../balancer/cluster/clock.ts";
import { type Random, seededRandom } from "../../balancer/cluster/random.ts";
import { VirtualClock } from "../../balancer/cluster/virtual-clock.ts";
import { defaultPolicyConfigs } from "../../balancer/policy/options.ts";
import { SimBalancer, type SimPolicyName } from "./balancer.ts";
import { Samples } from "./samples.ts";
import { type Scenario, type ScenarioEvent, serverIds } from "./scenario.ts";
import { SimServer } from "./server.ts";
import { standardExponential } from "./service-time.ts";
import { keepAskingLoads, keepProbing } from "./upkeep.ts";

/** Runs a scenario under a policy; the same seed gives the same requests. */
export function runScenario(scenario: Scenario, policy: SimPolicyName, seed: number): Samples {
  const clock = new VirtualClock();
  const samples = new Samples();
  const random = seededRandom(seed);
  // Streams of their own, so that what a policy draws does not change the arrivals.
  const streams = {
    service: split(random),
    policy: split(random),
    arrival: split(random),
    probe: split(random),
  };
  const servers = createServers(scenario, clock, streams.service);
  const world = { clock, random: streams.policy, servers, samples };
  const balancers = Array.from({ length: scenario.balancers }, () => new SimBalancer(world, policy));

  for (const event of scenario.events) scheduleEvent(event, servers, clock);
  for (const balancer of balancers) {
    if (scenario.probes !== undefined)
      keepProbing(balancer, scenario.probes, clock, streams.probe, scenario.duration);
    if (policy === "least-load")
      keepAskingLoads(balancer, defaultPolicyConfigs["least-load"].intervalMs, clock, scenario.duration);
  }

  const request = () => balancers[Math.floor(streams.arrival() * balancers.length)]?.request();
  keepArriving(scenario, clock, streams.arrival, request);
  clock.run();
  return samples;
}

/** Calls `request` at the arrival of each. */
function keepArriving(scenario: Scenario, clock: Clock, random: Random, request: () => void): void {
  const steps = [{ at: 0, load: scenario.load }, ...scenario.loadSteps];
  for (const [i, { at, load }] of steps.entries()) {
    const untilMs = Math.min(steps[i + 1]?.at ?? scenario.duration, scenario.duration);
    const arrivalsPerMs = load * capacityPerMs(scenario);
    const arrive = () => {
      if (clock.now() >= untilMs) return;
      request();
      clock.after(standardExponential(random) / arrivalsPerMs, arrive);
    };
    if (load > 0) clock.after(at, arrive);
  }
  for (const { at, requests, within } of scenario.bursts)
    for (let i = 0; i < requests; i++) clock.after(at + (i * within) / requests, request);
}

/** Requests per ms that all servers together can serve. */
function capacityPerMs(scenario: Scenario): number {
  return scenario.clusters.reduce((sum, c) => sum + (c.servers * c.workers) / c.meanMs, 0);
}

function createServers(scenario: Scenario, clock: VirtualClock, random: Random): Map<string, SimServer> {
  const servers = new Map<string, SimServer>();
  for (const cluster of scenario.clusters) {
    for (const id of serverIds(cluster)) servers.set(id, new SimServer(id, cluster, clock, random));
  }
  return servers;
}

function scheduleEvent(event: ScenarioEvent, servers: Map<string, SimServer>, clock: VirtualClock): void {
  const server = servers.get(event.server);
  if (server === undefined) throw new Error(`no server ${event.server}`);
  clock.after(event.at, () => {
    if ("slowdown" in event) server.slowdown = event.slowdown;
    else if ("status" in event) server.failing = event;
    else server.goDown();
  });
  clock.after(event.until, () => {
    if ("slowdown" in event) server.slowdown = 1;
    else if ("status" in event) server.failing = undefined;
    else server.comeUp();
  });
}

function split(random: Random): Random {
  return seededRandom(Math.floor(random() * 2 ** 32));
}
