import { expect, test } from "bun:test";
import { mask, masked, unmasked } from "./masked.ts";

const config = {
  admin: { listen: "127.0.0.1:9900", token: "admin-token" },
  tracing: { endpoint: "http://c:4318", headers: { authorization: "Bearer t", "x-key": "k" } },
  // A group may be called as it likes.
  groups: { token: { policy: "ewma", sticky: { cookie: "c", secret: "0123456789abcdef" } } },
};

test("every secret is masked, and nothing else", () => {
  expect(masked(config)).toEqual({
    admin: { listen: "127.0.0.1:9900", token: mask },
    tracing: { endpoint: "http://c:4318", headers: { authorization: mask, "x-key": mask } },
    groups: { token: { policy: "ewma", sticky: { cookie: "c", secret: mask } } },
  });
});

test("what was shown is taken with the secrets that there are, and new ones as they are", () => {
  expect(unmasked(masked(config), config)).toEqual(config);
  const changed = { ...config, tracing: { headers: { authorization: "Bearer new", "x-key": mask } } };
  expect(unmasked(changed, config)).toMatchObject({
    tracing: { headers: { authorization: "Bearer new", "x-key": "k" } },
  });
});
