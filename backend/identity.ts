import { fail, type Result, succeed } from "./result.ts";

const timeLimitMs = 1000;

/**
 * The id of the EC2 instance this runs on, from its metadata service by IMDSv2: a session token first,
 * then the question. Fails after one second in all.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export async function ec2InstanceId(endpoint = "http://169.254.169.254"): Promise<Result<string>> {
  const signal = AbortSignal.timeout(timeLimitMs);
  try {
    const token = await ask(`${endpoint}/latest/api/token`, {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
      signal,
    });
    if (!token.ok) return token;
    return await ask(`${endpoint}/latest/meta-data/instance-id`, {
      headers: { "x-aws-ec2-metadata-token": token.value },
      signal,
    });
  } catch (error) {
    // Not on EC2 there is nobody at that address: fetch rejects, after the time limit at the latest.
    const reason = error instanceof Error ? error.message : String(error);
    return fail(`${endpoint}: expected the EC2 metadata service, found no answer: ${reason}`);
  }
}

async function ask(url: string, request: RequestInit): Promise<Result<string>> {
  const response = await fetch(url, request);
  const text = (await response.text()).trim();
  if (response.ok && text !== "") return succeed(text);
  return fail(
    `${url}: expected 200 and a text, found ${response.status} ${JSON.stringify(text.slice(0, 80))}`,
  );
}
