import { rateFrom } from "./read-options.ts";

/** What the texts of options mean; undefined for those that mean nothing. */

export const peerNames = ["nginx", "haproxy", "caddy"] as const;
export type PeerName = (typeof peerNames)[number];

/** A program that is put before servers like the lab's, or a system that is there. */
export type OtherSystem =
  | { readonly kind: "peer"; readonly program: PeerName }
  | { readonly kind: "url"; readonly name: string; readonly url: string };

/** Requests per second, each more than the last. */
export function ratesFrom(text: string): readonly number[] | undefined {
  const rates = text.split(",").map(rateFrom);
  const known = rates.filter((rate) => rate !== undefined);
  const isGrowing = known.every((rate, index) => index === 0 || rate > (known[index - 1] ?? 0));
  return known.length === rates.length && isGrowing ? known : undefined;
}

/** Programs and `name=URL`, each once. */
export function othersFrom(text: string): readonly OtherSystem[] | undefined {
  const others = text.split(",").map((part): OtherSystem | undefined => {
    const program = peerNames.find((name) => name === part);
    if (program !== undefined) return { kind: "peer", program };
    const [, name, address] = /^([^=]+)=(.+)$/.exec(part) ?? [];
    const url = urlFrom(address ?? "");
    return name === undefined || url === undefined ? undefined : { kind: "url", name, url };
  });
  const known = others.filter((other) => other !== undefined);
  const names = known.map((other) => (other.kind === "url" ? other.name : other.program));
  return known.length === others.length && isEachOnce(names) ? known : undefined;
}

/** `region` or `region,namespace`. */
export function cloudWatchFrom(text: string): { region: string; namespace: string } | undefined {
  const [region, namespace = "Ballast", ...more] = text.split(",");
  const isKnown = /^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? "") && namespace !== "" && more.length === 0;
  return isKnown && region !== undefined ? { region, namespace } : undefined;
}

/** `name=value`, with commas between. */
export function dimensionsFrom(text: string): Record<string, string> | undefined {
  const pairs = text.split(",").map((pair) => /^([^=]+)=(.+)$/.exec(pair));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}

/** An address alone: whatever else a URL may have would have no effect, and a password would stand in the report. */
export function urlFrom(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    ? url.href
    : undefined;
}

/** Paths, each once. */
export function pathsFrom(text: string): string[] | undefined {
  const paths = text.split(",");
  return paths.every((path) => path.startsWith("/")) && isEachOnce(paths) ? paths : undefined;
}

function isEachOnce(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
