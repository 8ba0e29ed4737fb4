import { unusedPort } from "../../balancer/testing/unused-port.ts";

/** `count` ports of 127.0.0.1 that nobody listens on, all different. */
export function freePorts(count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(unusedPort());
  return [...ports];
}
