import { isIP } from "node:net";
import type { DnsServer } from "./transport.ts";

/** What resolv.conf(5) says, as far as it is heeded. */
export interface ResolverConfig {
  readonly servers: readonly DnsServer[];
  /** Suffixes of names that are not whole. */
  readonly search: readonly string[];
  /** A name with so many dots is first tried as it stands. */
  readonly ndots: number;
}

export function parseResolvConf(text: string): ResolverConfig {
  const servers: DnsServer[] = [];
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    const [value = ""] = values;
    if (keyword === "nameserver" && isIP(value.replace(/%.*/, "")) !== 0)
      servers.push({ hostname: value, port: 53 });
    else if (keyword === "search" || keyword === "domain")
      search = values.map((suffix) => suffix.replace(/\.$/, ""));
    else if (keyword === "options") {
      const said = values
        .map((option) => /^ndots:(\d{1,2})$/.exec(option)?.[1])
        .find((dots) => dots !== undefined);
      if (said !== undefined) ndots = Number(said);
    }
  }
  return {
    servers: servers.length > 0 ? servers : [{ hostname: "127.0.0.1", port: 53 }],
    search: search.filter((suffix) => suffix !== ""),
    ndots,
  };
}

/** The whole names that `name` may stand for, in the order to try. */
export function wholeNames(name: string, { search, ndots }: ResolverConfig): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const suffixed = search.map((suffix) => `${name}.${suffix}`);
  return name.split(".").length - 1 >= ndots ? [name, ...suffixed] : [...suffixed, name];
}
