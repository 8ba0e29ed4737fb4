const imdsTimeoutMs = 1000;
const imdsAddress = "http://169.254.169.254";

/**
 * The region to work in: the one said, that of the environment, or that of the EC2 instance this runs on. Rejects with a
 * sentence when there is none.
 */
export async function awsRegion(said: string | undefined): Promise<string> {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_EC2_METADATA_SERVICE_ENDPOINT } = process.env;
  const known = said ?? (AWS_REGION || AWS_DEFAULT_REGION);
  return known || instanceRegion(AWS_EC2_METADATA_SERVICE_ENDPOINT || imdsAddress);
}

/**
 * By IMDSv2: a session token first, then the question.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
async function instanceRegion(endpoint: string): Promise<string> {
  const signal = AbortSignal.timeout(imdsTimeoutMs);
  const ask = async (path: string, request: RequestInit) => {
    const response = await fetch(new URL(path, endpoint), { ...request, signal });
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    return (await response.text()).trim();
  };
  try {
    const token = await ask("/latest/api/token", {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
    });
    return await ask("/latest/meta-data/placement/region", {
      headers: { "x-aws-ec2-metadata-token": token },
    });
  } catch (error) {
    const why = `${endpoint} does not tell: ${(error as Error).message}`;
    throw new Error(`no AWS region: neither the config nor AWS_REGION names one, and ${why}`);
  }
}
