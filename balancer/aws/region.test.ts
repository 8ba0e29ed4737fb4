import { describe, expect, test } from "bun:test";
import { withEnvironment } from "../testing/environment.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { awsRegion } from "./region.ts";

const stoppedLater = stopAfterEach();
const nothing = { AWS_REGION: "", AWS_DEFAULT_REGION: "" };

describe("the region", () => {
  test("is the one said, then that of the environment", async () => {
    await withEnvironment({ AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2" }, async () => {
      expect(await awsRegion("us-east-1")).toBe("us-east-1");
      expect(await awsRegion(undefined)).toBe("eu-west-1");
    });
    await withEnvironment({ ...nothing, AWS_DEFAULT_REGION: "eu-west-2" }, async () =>
      expect(await awsRegion(undefined)).toBe("eu-west-2"),
    );
  });

  test("is that of the instance, by IMDSv2", async () => {
    const imds = stoppedLater(
      Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch(request) {
          const { pathname } = new URL(request.url);
          if (request.method === "PUT" && pathname === "/latest/api/token") return new Response("secret");
          const isAllowed = request.headers.get("x-aws-ec2-metadata-token") === "secret";
          const isRegion = pathname === "/latest/meta-data/placement/region";
          return isAllowed && isRegion ? new Response("eu-north-1\n") : new Response("", { status: 401 });
        },
      }),
    );
    const env = { ...nothing, AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url.href };
    await withEnvironment(env, async () => expect(await awsRegion(undefined)).toBe("eu-north-1"));
  });

  test("that nobody names is asked for in a sentence", async () => {
    const env = { ...nothing, AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" };
    await withEnvironment(env, async () => {
      await expect(awsRegion(undefined)).rejects.toThrow(
        /^no AWS region: neither the config nor AWS_REGION names one, and http:\/\/127\.0\.0\.1:1 does not tell: /,
      );
    });
  });
});
