import { DescribeRegionsCommand, EC2Client, type Region } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { awsFault, callLimit, clientDefaults } from "../balancer/aws/call.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";

/** Whose credentials were found. */
export interface Account {
  readonly id: string;
  readonly arn: string;
}

const expected =
  "expected credentials as the AWS CLI takes them: AWS_PROFILE, AWS_ACCESS_KEY_ID, or `aws configure`";

/** Names under which AWS refuses credentials that are there. */
const refusals =
  /^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure|InvalidAccessKeyId)/;

/** The account that all calls will go to, once the region is one that it can use. */
export async function checkAccount(region: string, signal: AbortSignal): Promise<Outcome<Account>> {
  const account = await identify(region, signal);
  if (!account.ok) return account;
  const fault = regionFault(region, await regionsOf(region, signal));
  return fault === undefined ? account : failure(fault);
}

async function identify(region: string, signal: AbortSignal): Promise<Outcome<Account>> {
  const client = new STSClient({ ...clientDefaults, region: homeOf(region) });
  try {
    const said = await client.send(new GetCallerIdentityCommand({}), callLimit(signal));
    return success({ id: said.Account ?? "", arn: said.Arn ?? "" });
  } catch (error) {
    signal.throwIfAborted();
    const said = awsFault(error);
    const name = error instanceof Error ? error.name : "";
    if (name === "CredentialsProviderError")
      return failure(`AWS credentials: found none (${said}), ${expected}`);
    if (refusals.test(name)) return failure(`AWS credentials: refused (${said}), ${expected}`);
    return failure(`AWS is not reached: ${said}`);
  }
}

/** Every region of the partition; none when the account may not ask: then Terraform will tell. */
async function regionsOf(region: string, signal: AbortSignal): Promise<readonly Region[]> {
  const client = new EC2Client({ ...clientDefaults, region: homeOf(region) });
  try {
    const { Regions = [] } = await client.send(
      new DescribeRegionsCommand({ AllRegions: true }),
      callLimit(signal),
    );
    return Regions;
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

function regionFault(region: string, regions: readonly Region[]): string | undefined {
  if (regions.length === 0) return undefined;
  const usable = regions.filter(({ OptInStatus }) => OptInStatus !== "not-opted-in");
  const names = usable.map(({ RegionName }) => RegionName).sort();
  if (names.includes(region)) return undefined;
  const found = regions.some(({ RegionName }) => RegionName === region)
    ? `${region}, which the account has not enabled`
    : region;
  return `setting region: found ${found}, expected one of ${names.join(", ")}`;
}

/** A region of the same partition that every account has: in one that is unknown or not enabled nobody answers. */
function homeOf(region: string): string {
  if (region.startsWith("cn-")) return "cn-north-1";
  return region.startsWith("us-gov-") ? "us-gov-west-1" : "us-east-1";
}
