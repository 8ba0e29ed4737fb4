/** Stands for a secret where a config is shown. */
export const mask = "********";

/** Keys whose texts are nobody's business. */
const secretKeys = new Set(["token", "secret", "password", "hmacKey"]);
/** Keys below which no text is: fields such as `authorization`. */
const secretFields = new Set(["headers"]);

/** What to put in the place of a secret; `present`: what stands there in another config. */
type SecretOf = (secret: string, present: unknown) => string;

/** The JSON of a config with its secrets masked. */
export function masked(root: unknown): unknown {
  return map(root, undefined, () => mask, false);
}

/** The JSON with the secrets of `present` wherever a secret is still masked: what was shown can be given back. */
export function unmasked(root: unknown, present: unknown): unknown {
  const secretOf: SecretOf = (value, before) =>
    value === mask && typeof before === "string" ? before : value;
  return map(root, present, secretOf, false);
}

/** A copy in which `secretOf` says what stands for each secret. Items of lists are matched by their index. */
function map(value: unknown, present: unknown, secretOf: SecretOf, isSecret: boolean): unknown {
  if (typeof value === "string") return isSecret ? secretOf(value, present) : value;
  if (Array.isArray(value)) {
    const before = Array.isArray(present) ? present : [];
    return value.map((item, index) => map(item, before[index], secretOf, isSecret));
  }
  if (typeof value !== "object" || value === null) return value;
  const before = (typeof present === "object" && present !== null ? present : {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const isTextSecret = secretKeys.has(key) && typeof item === "string";
      const areFieldsSecret = isSecret || secretFields.has(key);
      return [key, map(item, before[key], secretOf, isTextSecret || areFieldsSecret)];
    }),
  );
}
