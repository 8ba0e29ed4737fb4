/** Stands for a secret where a config is shown. */
export const mask = "********";

/** Keys whose values are nobody's business. */
const secretKeys = new Set(["token", "secret", "password", "hmacKey"]);

/** The JSON of a config with its secrets masked. */
export function masked(root: unknown): unknown {
  return map(root, undefined, (value) => (typeof value === "string" ? mask : value));
}

/** The JSON with the secrets of `present` wherever a secret is still masked: what was shown can be given back. */
export function unmasked(root: unknown, present: unknown): unknown {
  return map(root, present, (value, before) =>
    value === mask && typeof before === "string" ? before : value,
  );
}

/** A copy in which `secretOf` says what stands for each secret. Items of lists are matched by their index. */
function map(
  value: unknown,
  present: unknown,
  secretOf: (value: unknown, present: unknown) => unknown,
): unknown {
  if (Array.isArray(value)) {
    const before = Array.isArray(present) ? present : [];
    return value.map((item, index) => map(item, before[index], secretOf));
  }
  if (typeof value !== "object" || value === null) return value;
  const before = (typeof present === "object" && present !== null ? present : {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      secretKeys.has(key) ? secretOf(item, before[key]) : map(item, before[key], secretOf),
    ]),
  );
}
