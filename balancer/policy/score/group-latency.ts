import { maxEvidence } from "../../cluster/latency.ts";
import type { Target } from "../../cluster/target.ts";

/** What the group knows counts as at least this many samples of each target, so that no single answer decides its fate. */
const leastPriorSamples = 1;
/** So many under way at a target are no burst. */
const fewInFlight = 4;
/** Requests may be so many times faster than probes let expect. */
const probeDoubt = 1.6;
/** The averages are taken anew when this part has come to what they rest on, as long as that is little. */
const outdatingPart = 0.1;
/** What rests on so many samples of a target changes little by one more. */
export const steadySamples = 20;
/** Before anything is known all targets are alike; the number does not matter. */
const unknownMs = 1;
/** Below what a clock resolves; a ratio to 0 would say nothing. */
const shortestMs = 0.001;

/**
 * What an attempt at a target may be expected to take for each attempt in flight there, from its own samples and,
 * as these are few or stale, from the group's: docs/decisions/latency-estimate.md.
 */
export class GroupLatency {
  /** How many samples of now the averages rest on; infinite when it is enough to hold them steady. */
  private evidence = 0;
  /** Of all targets, weighted by evidence. */
  private meanMs: number | undefined;
  private meanInFlight = 1;
  /** The same of the probes, and of the probes of those targets only that have request samples too. */
  private meanProbeMs: number | undefined;
  private requestsPerProbe = 1;

  /** Takes the group's averages from its targets as they are now. */
  refresh(targets: readonly Target[], nowMs: number): void {
    let evidence = 0;
    let latency = 0;
    let inFlight = 0;
    let probes = 0;
    let probeSum = 0;
    let pairedLatency = 0;
    let pairedProbeLatency = 0;
    for (const target of targets) {
      const { requestLatency, probeLatency } = target;
      const samples = requestLatency.evidenceAt(nowMs);
      const averageMs = requestLatency.averageMs ?? 0;
      evidence += samples;
      latency += samples * averageMs;
      inFlight += samples * inFlightPerWeight(target);
      const probeMs = probeLatency.averageMs;
      if (probeMs === undefined) continue;
      probes++;
      probeSum += probeMs;
      pairedLatency += samples * averageMs;
      pairedProbeLatency += samples * probeMs;
    }
    this.evidence = evidence < steadySamples * targets.length ? evidence : Number.POSITIVE_INFINITY;
    // Evidence fades for ever; before it is lost in rounding, the last averages stay.
    if (evidence > Number.EPSILON) {
      this.meanMs = latency / evidence;
      this.meanInFlight = inFlight / evidence;
    }
    if (pairedProbeLatency > 0) this.requestsPerProbe = pairedLatency / pairedProbeLatency;
    this.meanProbeMs = probes > 0 ? probeSum / probes : undefined;
  }

  /** Whether so many answers since the last {@link refresh} may have changed the averages by much. */
  isOutdatedBy(answers: number): boolean {
    return answers > this.evidence * outdatingPart;
  }

  /**
   * The target's latency at its usual in-flight, divided by the cube root of that in-flight: for a server that works wholly
   * in parallel it should not be divided at all, for one that queues by all of it, and nobody says which it is.
   * In ms for each unit of weight, a target of weight 2 being taken for two.
   */
  unitMs(target: Target, nowMs: number): number {
    const evidence = target.requestLatency.evidenceAt(nowMs);
    const ownMs = target.requestLatency.averageMs ?? 0;
    const priorSamples = priorSamplesOf(target);
    const latencyMs = shrunk(evidence, ownMs, priorSamples, this.priorMs(target, priorSamples, nowMs));
    const inFlight = shrunk(evidence, inFlightPerWeight(target), priorSamples, this.meanInFlight);
    return (latencyMs * freshness(target, nowMs)) / Math.cbrt(inFlight) / target.weight;
  }

  /** Expected without own samples: the group's mean, or as much more or less as the target's probes say. */
  private priorMs(target: Target, priorSamples: number, nowMs: number): number {
    const typicalMs = this.meanMs ?? this.meanProbeMs ?? unknownMs;
    const probeMs = target.probeLatency.averageMs;
    if (probeMs === undefined) return typicalMs;
    const probes = target.probeLatency.evidenceAt(nowMs);
    return shrunk(probes, probeMs * this.requestsPerProbe, priorSamples, typicalMs);
  }
}

/**
 * While many more attempts are under way than have been answered, those answered are the quick ones, and chance: a burst is
 * not shared by them. A target that has answered as often as is counted at all may well have that many in flight for good.
 */
function priorSamplesOf({ requestLatency, inFlightSeen }: Target): number {
  const { samples } = requestLatency;
  return leastPriorSamples + Math.max(0, inFlightSeen - fewInFlight - samples) * (1 - samples / maxEvidence);
}

/**
 * Of as many own samples as `evidence` says and so many of what is expected, the geometric mean: few samples that are far
 * off, such as one slow first answer, must not decide for long.
 */
function shrunk(evidence: number, average: number, priorSamples: number, expected: number): number {
  const base = Math.max(shortestMs, expected);
  if (evidence === 0) return base;
  return base * (Math.max(shortestMs, average) / base) ** (evidence / (evidence + priorSamples));
}

/**
 * How recently anything was heard of the target, 1 to 0. An unknown one gets its chance when the known ones are idle too.
 * What its probes say of requests is a guess, or it would never be tried that one bad answer or slow probes keep from all
 * requests.
 */
function freshness(target: Target, nowMs: number): number {
  const { requestLatency, probeLatency, availableSinceMs } = target;
  const heardMs = requestLatency.freshnessAt(nowMs, availableSinceMs);
  return Math.max(heardMs, probeLatency.freshnessAt(nowMs) / probeDoubt);
}

function inFlightPerWeight(target: Target): number {
  return (target.requestLatency.averageInFlight ?? 0) / target.weight;
}
