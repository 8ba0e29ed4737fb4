import { describe, expect, test } from "bun:test";
import { help, parseCommandLine } from "./options.ts";

describe("parseCommandLine", () => {
  test("every option has a default", () => {
    expect(parseCommandLine([])).toEqual({
      ok: true,
      value: {
        run: {
          host: "127.0.0.1",
          port: 8000,
          id: undefined,
          cluster: "cluster1",
          profile: undefined,
          seed: undefined,
        },
      },
    });
  });

  test("reads every option", () => {
    const line = "--port 0 --host 0.0.0.0 --id i-1 --cluster cluster2 --profile t2.micro --seed 7";
    expect(parseCommandLine(line.split(" "))).toEqual({
      ok: true,
      value: {
        run: { host: "0.0.0.0", port: 0, id: "i-1", cluster: "cluster2", profile: "t2.micro", seed: 7 },
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
  ])("names %s", (_name, args, faults) => {
    expect(parseCommandLine(args)).toEqual({ ok: false, faults });
  });

  test.each(["--port", "--help=yes", "stray", "--port --id x"])("refuses %j in one line", (line) => {
    const read = parseCommandLine(line.split(" "));
    if (read.ok) throw new Error("accepted");
    expect(read.faults).toHaveLength(1);
    expect(read.faults[0]).not.toContain("\n");
  });

  test("the help names every option that is taken", () => {
    for (const [option] of help.matchAll(/^ {2}--[a-z]+/gm)) {
      const name = option.trim();
      const args = name === "--help" || name === "--version" ? [name] : [name, "1"];
      expect(parseCommandLine(args).ok).toBe(true);
    }
    expect([...help.matchAll(/^ {2}--[a-z]+/gm)]).toHaveLength(8);
  });
});
