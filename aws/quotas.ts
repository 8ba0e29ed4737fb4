import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { awsFault, callLimit, clientDefaults } from "../balancer/aws/call.ts";
import type { Priced } from "../stacks/costs.ts";
import { type Use, usesOf } from "./quota-uses.ts";

/** What the account's quotas say to a stack. */
export interface QuotaCheck {
  /** Why it does not fit; a sentence each. */
  readonly faults: readonly string[];
  /** What could not be found out. */
  readonly notes: readonly string[];
}

/** Whether there is room for `missing`: what of a stack is not there yet. */
export async function checkQuotas(region: string, missing: Priced, signal: AbortSignal): Promise<QuotaCheck> {
  const client = new ServiceQuotasClient({ ...clientDefaults, region });
  const faults: string[] = [];
  const notes: string[] = [];
  for (const use of await usesOf(region, missing, signal)) {
    if (!use.ok) {
      faults.push(use.fault);
      continue;
    }
    const { what, needed, inUse } = use.value;
    try {
      const [allowed, used] = await Promise.all([quotaOf(client, use.value, signal), inUse()]);
      if (used + needed > allowed) faults.push(tooFew(region, use.value, allowed, used));
    } catch (error) {
      signal.throwIfAborted();
      // That it can't be seen is no reason that it does not suffice.
      notes.push(`quota of ${what}: not checked: ${awsFault(error)}`);
    }
  }
  return { faults, notes };
}

async function quotaOf(
  client: ServiceQuotasClient,
  { service, code }: Use,
  signal: AbortSignal,
): Promise<number> {
  const input = { ServiceCode: service, QuotaCode: code };
  try {
    const { Quota } = await client.send(new GetServiceQuotaCommand(input), callLimit(signal));
    if (Quota?.Value !== undefined) return Quota.Value;
  } catch (error) {
    // So it is where nobody has ever asked for another.
    if (!(error instanceof Error) || error.name !== "NoSuchResourceException") throw error;
  }
  const { Quota } = await client.send(new GetAWSDefaultServiceQuotaCommand(input), callLimit(signal));
  if (Quota?.Value === undefined) throw new Error(`${service} ${code} has no value`);
  return Quota.Value;
}

function tooFew(region: string, { what, service, code, needed }: Use, allowed: number, used: number): string {
  return (
    `quota of ${what} in ${region}: found ${allowed}, of which ${used} in use, expected room for ${needed} more: ask for it at ` +
    `https://${region}.console.aws.amazon.com/servicequotas/home/services/${service}/quotas/${code}, or make the stack smaller`
  );
}
