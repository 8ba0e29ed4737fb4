/** Every stack by the name that `cdktf deploy` takes; none needs another. */
export const stackNames = ["lab", "primes", "fleet"] as const;

export type StackName = (typeof stackNames)[number];
