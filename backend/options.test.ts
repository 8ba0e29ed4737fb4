import { describe, expect, test } from "bun:test";
import { help, options } from "./command-line.ts";
import { parseCommandLine } from "./options.ts";

describe("parseCommandLine", () => {
  test("every option has a default", () => {
    expect(parseCommandLine([])).toEqual({
      ok: true,
      value: {
        run: {
          role: "http",
          protocol: "api",
          register: undefined,
          balancer: undefined,
          host: "127.0.0.1",
          port: 8000,
          id: undefined,
          cluster: "cluster1",
          profile: undefined,
          seed: undefined,
          json: false,
        },
      },
    });
  });

  test("reads every option", () => {
    const line = "--port 0 --host 0.0.0.0 --id i-1 --cluster cluster2 --profile t2.micro --seed 7 --json";
    const register = "--register [::1]:8081 --protocol tcp --role echo";
    expect(parseCommandLine(`${line} ${register}`.split(" "))).toEqual({
      ok: true,
      value: {
        run: {
          role: "echo",
          protocol: "tcp",
          register: { host: "::1", port: 8081 },
          balancer: undefined,
          host: "0.0.0.0",
          port: 0,
          id: "i-1",
          cluster: "cluster2",
          profile: "t2.micro",
          seed: 7,
          json: true,
        },
      },
    });
  });

  test.each<[string, "help" | "version"]>([
    ["--help", "help"],
    ["-h", "help"],
    ["--version", "version"],
  ])("%s", (option, print) => {
    expect(parseCommandLine([option])).toEqual({ ok: true, value: { print } });
  });

  test.each<[string, string[], string[]]>([
    ["an unknown option", ["--prot", "1"], ["Unknown option '--prot'"]],
    [
      "several bad values at once",
      ["--port", "65536", "--seed", "x", "--id", ""],
      [
        "--id: found nothing, expected a text",
        '--port: found "65536", expected a whole number from 0 to 65535',
        '--seed: found "x", expected a whole number from 0 to 4294967295',
      ],
    ],
    [
      "bad values of what is registered",
      ["--register", "8081", "--protocol", "http", "--role", "relay"],
      [
        '--protocol: found "http", expected tcp, udp, api',
        '--role: found "relay", expected http, echo, frontend',
        '--register: found "8081", expected HOST:PORT such as 10.0.0.1:8081',
      ],
    ],
    [
      "an echo of nothing",
      ["--role", "echo"],
      ["--role: found echo, expected --protocol tcp or udp beside it"],
    ],
    [
      "an echo of HTTP",
      ["--role", "echo", "--protocol", "api"],
      ["--role: found echo, expected --protocol tcp or udp beside it"],
    ],
    [
      "HTTP over UDP",
      ["--role", "http", "--protocol", "udp", "--register", "10.0.0.1:8081"],
      ["--role: found http beside --protocol udp, expected echo"],
    ],
    [
      "a frontend over UDP",
      "--role frontend --balancer http://10.0.1.10 --protocol udp --register 10.0.0.1:8081".split(" "),
      ["--role: found frontend beside --protocol udp, expected echo"],
    ],
    [
      "a protocol that nobody is told of",
      ["--protocol", "tcp"],
      ["--protocol: found it alone, expected --register or --role echo beside it"],
    ],
    [
      "a frontend that has nobody to ask",
      ["--role", "frontend"],
      ["--role: found frontend, expected --balancer beside it"],
    ],
    [
      "somebody to ask for whom nobody asks",
      ["--balancer", "http://10.0.1.10:8080"],
      ["--balancer: found it without --role frontend, expected both"],
    ],
    [
      "a frontend that is to be slow",
      ["--role", "frontend", "--balancer", "http://10.0.1.10", "--profile", "t2.micro"],
      ["--profile: found it beside --role frontend, expected it with --role http"],
    ],
    ...["10.0.1.10:8080", "ftp://10.0.1.10", "http://10.0.1.10/?a=b", "http://me@10.0.1.10", ""].map(
      (url): [string, string[], string[]] => [
        `a balancer at ${JSON.stringify(url)}`,
        ["--role", "frontend", "--balancer", url],
        [`--balancer: found ${JSON.stringify(url)}, expected a URL such as http://10.0.1.10:8080`],
      ],
    ),
  ])("names %s", (_name, args, faults) => {
    expect(parseCommandLine(args)).toEqual({ ok: false, faults });
  });

  test.each(["--port", "--help=yes", "stray", "--port --id x"])("refuses %j in one line", (line) => {
    const read = parseCommandLine(line.split(" "));
    if (read.ok) throw new Error("accepted");
    expect(read.faults).toHaveLength(1);
    expect(read.faults[0]).not.toContain("\n");
  });

  test.each([
    ["--protocol udp", "echo"],
    ["--protocol tcp --register 10.0.0.1:8081", "http"],
    ["--register balancer.internal:8081", "http"],
  ])("takes the role that fits %s", (line, role) => {
    expect(parseCommandLine(line.split(" "))).toMatchObject({ ok: true, value: { run: { role } } });
  });

  test("the help names every option that is taken", () => {
    for (const name of Object.keys(options))
      expect(help).toMatch(new RegExp(`^ {2}(-\\w, )?--${name} `, "m"));
  });
});
