import { isIP } from "node:net";
import { z } from "zod";
import { parseCidr } from "./cidr.ts";
import { durationPattern, parseDurationMs } from "./duration.ts";

/** The small texts of lb.json that mean something: durations, addresses, networks, paths. */

const aDuration = 'a duration above zero such as "250ms", "2s", "1m" or "1h"';
const aDurationOrNone = 'a duration such as "250ms" or "2s", or "0s" for none';
const anAddressAndPort = 'an address and a port up to 65535 such as "0.0.0.0:8080", "[::]:8080" or ":8080"';
const aTargetUrl =
  'http:// or https:// with a host and no path, such as "http://10.0.1.10:8000", or tcp:// or udp:// with host and port';
const aNetwork = 'an address or network such as "10.0.0.0/8" or "::1"';

/** Asked for in the place of a key such as `constructor`. */
export const anotherName = "another name: every JavaScript object has this";

export const duration = z
  .string({ error: aDuration })
  .regex(durationPattern, { error: aDuration })
  .transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined && ms > 0) return ms;
    context.addIssue({ code: "custom", message: aDuration });
    return z.NEVER;
  })
  .meta({ description: 'A duration: "250ms", "2s", "1m" or "1h".', examples: ["2s"] });

/** As {@link duration}, or `"0s"` for none. */
export const durationOrNone = z
  .string({ error: aDurationOrNone })
  .regex(durationPattern, { error: aDurationOrNone })
  .transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: "custom", message: aDurationOrNone });
    return z.NEVER;
  })
  .meta({ description: 'A duration: "250ms", "2s", "1m" or "1h"; "0s" for none.', examples: ["2s"] });

/** The name of a group or a listener: a key of objects, for which what every object has already can't stand. */
export const keyName = z
  .string()
  .min(1)
  .refine((name) => !(name in Object.prototype), { error: anotherName });

export interface ListenAddress {
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

const listenPattern = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/;

export const listenAddress = z
  .string({ error: anAddressAndPort })
  .regex(listenPattern, { error: anAddressAndPort })
  .transform((text, context): ListenAddress => {
    const match = listenPattern.exec(text);
    const [, bracketed, named, digits] = match ?? [];
    const hostname = bracketed ?? (named || "0.0.0.0");
    const port = Number(digits);
    const isHost = bracketed === undefined ? isNameOrIPv4(hostname) : isIP(hostname) === 6;
    if (match !== null && isHost && port <= 65_535) return { hostname, port };
    context.addIssue({ code: "custom", message: anAddressAndPort });
    return z.NEVER;
  })
  .meta({ description: "Address and port to listen on.", examples: ["0.0.0.0:8080"] });

/** Whoever writes figures alone means an address: looking them up as a name would only fail later. */
function isNameOrIPv4(hostname: string): boolean {
  return isIP(hostname) === 4 || !/^[\d.]+$/.test(hostname);
}

/** The port that a target without one has; those of TCP and UDP have no usual one. */
const usualPorts: Readonly<Record<string, number | undefined>> = {
  "http:": 80,
  "https:": 443,
  "tcp:": undefined,
  "udp:": undefined,
};

/** Scheme, host and port in the one form that everything else compares. */
export const targetUrl = z
  .string({ error: aTargetUrl })
  .regex(/^[a-zA-Z]{3,5}:\/\/[^/?#@]+\/?$/, { error: aTargetUrl })
  .transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const port = url === undefined || url.port === "" ? usualPorts[url?.protocol ?? ""] : Number(url.port);
    const plain =
      url !== undefined &&
      url.protocol in usualPorts &&
      url.hostname !== "" &&
      isNameOrIPv4(url.hostname) &&
      url.username === "" &&
      url.password === "" &&
      (url.pathname === "/" || url.pathname === "") &&
      url.search === "" &&
      url.hash === "";
    if (plain && port !== undefined && port > 0) return `${url.protocol}//${url.hostname}:${port}`;
    context.addIssue({ code: "custom", message: aTargetUrl });
    return z.NEVER;
  })
  .meta({ description: "Scheme, host and port of a target.", examples: ["http://10.0.1.10:8000"] });

export const cidr = z
  .string({ error: aNetwork })
  .regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, { error: aNetwork })
  .refine((text) => parseCidr(text) !== undefined, { error: aNetwork })
  .meta({ description: "An address or a network in CIDR form.", examples: ["10.0.0.0/8"] });

export const absolutePath = z
  .string()
  .regex(/^\/[^\s?#]*$/, { error: 'a path that begins with "/", without query, fragment or blanks' });

/** A path with an optional query, as a request line carries it. */
export const requestTarget = z
  .string()
  .regex(/^\/[^\s#]*$/, { error: 'a path that begins with "/", without fragment or blanks' });

export const hostPattern = z
  .string()
  .regex(/^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, {
    error: 'a host name without port, such as "example.com" or "*.example.com"',
  })
  .transform((host) => host.toLowerCase());

export const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: 'a region such as "eu-central-1"' })
  .optional()
  .meta({
    description: "AWS region. Left out: that of `AWS_REGION`, or of the instance that the balancer runs on.",
    examples: ["eu-central-1"],
  });

/** A part of a whole, as Envoy writes it: 0 to 100. */
export const percent = z.number({ error: "a number from 0 to 100" }).min(0).max(100);

export const count = (least: number, most = 1_000_000) =>
  z
    .int({ error: `a whole number from ${least} to ${most}` })
    .min(least)
    .max(most);
