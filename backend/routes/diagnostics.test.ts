import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Backend } from "../server.ts";
import { startTestBackend } from "../test-backend.ts";

let backend: Backend;
beforeAll(() => {
  backend = startTestBackend();
});
afterAll(async () => await backend.stop());

const get = (path: string, init?: RequestInit) => fetch(backend.origin + path, init);

describe("/echo", () => {
  test("sends the body back with its type", async () => {
    const body = new Uint8Array(300_000).map((_, i) => i * 7);
    const response = await get("/echo", { method: "POST", body, headers: { "content-type": "x/y" } });
    expect(response.headers.get("content-type")).toBe("x/y");
    expect(await response.bytes()).toEqual(body);
  });

  test("sends back what has come before the rest comes", async () => {
    let sendRest = () => {};
    const body = new ReadableStream<string>({
      start(controller) {
        controller.enqueue("first");
        sendRest = () => {
          controller.enqueue(" rest");
          controller.close();
        };
      },
    }).pipeThrough(new TextEncoderStream());
    const response = await get("/echo", { method: "POST", body });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("first");
    sendRest();
    expect((await reader?.read())?.value).toBe(" rest");
    expect((await reader?.read())?.done).toBe(true);
  });

  test("GET is not allowed", async () => {
    const response = await get("/echo");
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });
});

describe("/bytes/<n>", () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 1_000_000])("%d bytes, counting up", async (count) => {
    const bytes = await (await get(`/bytes/${count}`)).bytes();
    expect(bytes.length).toBe(count);
    expect(bytes.every((byte, i) => byte === (i & 255))).toBe(true);
  });

  test("HEAD tells the length", async () => {
    const response = await get("/bytes/1073741824", { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe("1073741824");
  });

  test("nothing is made that nobody reads", async () => {
    const rssBefore = process.memoryUsage.rss();
    const firstBytes = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(backend.origin).port),
      socket: {
        open(opened) {
          opened.write("GET /bytes/1073741824 HTTP/1.1\r\nhost: x\r\n\r\n");
        },
        data(reading) {
          reading.pause();
          firstBytes.resolve();
        },
      },
    });
    await firstBytes.promise;
    // Another answer of the same server: by then the first has got as far as it gets.
    for (let i = 0; i < 20; i++) await (await get("/bytes/1000000")).bytes();
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(100e6);
    socket.terminate();
  });

  test.each(["x", "-1", "1073741825"])("/bytes/%s is refused with a reason", async (count) => {
    const response = await get(`/bytes/${count}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/^found .*, expected .*\n$/);
  });
});

test("/sse sends five events as they come", async () => {
  const response = await get("/sse");
  expect(response.headers.get("content-type")).toStartWith("text/event-stream");
  const parts: string[] = [];
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) parts.push(part);
  const expected = [1, 2, 3, 4, 5].map((i) => `id: ${i}\ndata: event ${i} of 5\n\n`);
  expect(parts.join("")).toBe(expected.join(""));
  expect(parts.length).toBeGreaterThan(1);
});

describe("/status/<code>", () => {
  test.each([200, 204, 304, 404, 418, 503, 599])("%d", async (code) => {
    const response = await get(`/status/${code}`);
    expect(response.status).toBe(code);
    expect(await response.text()).toBe(code === 204 || code === 304 ? "" : `${code}\n`);
  });

  test.each(["101", "600", "99", "abc", "2000"])("%s is refused", async (code) => {
    const response = await get(`/status/${code}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(`found status "${code}", expected 200 to 599\n`);
  });
});

describe("/ws", () => {
  test("sends text and binary messages back, in order", async () => {
    const socket = new WebSocket(`${backend.origin.replace("http", "ws")}/ws`);
    socket.binaryType = "arraybuffer";
    const messages: unknown[] = [];
    const received = Promise.withResolvers<void>();
    socket.onmessage = ({ data }) => {
      messages.push(data);
      if (messages.length === 3) received.resolve();
    };
    socket.onopen = () => {
      socket.send("hello");
      socket.send(new Uint8Array([1, 2, 3]));
      socket.send("x".repeat(1_000_000));
    };
    await received.promise;
    expect(messages[0]).toBe("hello");
    expect(messages[1]).toEqual(new Uint8Array([1, 2, 3]).buffer);
    expect(messages[2]).toBe("x".repeat(1_000_000));
    socket.close();
  });

  test("another request is told what is missing", async () => {
    const response = await get("/ws");
    expect(response.status).toBe(426);
    expect(response.headers.get("upgrade")).toBe("websocket");
  });
});
