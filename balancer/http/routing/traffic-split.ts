import type { Random } from "../../cluster/random.ts";
import type { HashConfig } from "../../policy/options.ts";
import { fnv1a, unitInterval } from "../../text-hash.ts";
import type { FieldLookup } from "../message/fields.ts";
import type { Service } from "../service/service.ts";
import { hashKeyOf } from "./hash-key.ts";

export interface SplitShare {
  readonly service: Service;
  readonly weight: number;
}

/**
 * Deals a route's requests to several groups by weight: each by itself, or all of a client's to the same. When weights
 * change, only as many keys move as the shares do.
 */
export class TrafficSplit {
  private readonly total: number;

  /** At least one weight is above 0. */
  constructor(
    private readonly shares: readonly SplitShare[],
    /** What stays together; undefined for nothing. */
    private readonly on: HashConfig["on"] | undefined,
    private readonly random: Random,
  ) {
    this.total = shares.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Whether a request with the same head, from the same client, may go elsewhere. */
  get isDrawn(): boolean {
    return this.on === undefined || this.on.kind !== "ip";
  }

  choose(client: string, fields: FieldLookup): Service {
    const key = hashKeyOf(this.on, client, fields);
    let left = (key === undefined ? this.random() : unitInterval(fnv1a(key))) * this.total;
    for (const { service, weight } of this.shares) {
      left -= weight;
      if (left < 0) return service;
    }
    return this.last();
  }

  /** For what rounding leaves over. */
  private last(): Service {
    const share = this.shares.findLast(({ weight }) => weight > 0);
    if (share === undefined) throw new Error("a split without weights; the config was not checked");
    return share.service;
  }
}
