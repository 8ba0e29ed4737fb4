/**
 * Runs on Node, whose `node:http` reads with llhttp: answers each whole request with what it was.
 * Prints its port and the parser's version as one line of JSON; ends with its standard input.
 */
import { createServer } from "node:http";

const hex = (text) => Buffer.from(text, "latin1").toString("hex");

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const saw = `${request.method} ${hex(request.url)} ${Buffer.concat(parts).toString("hex")}`;
    response.writeHead(200, { "x-saw": saw, "content-length": 0 }).end();
  });
});
// By default an error throws away the answers to whole requests that came in the same portion.
server.on("clientError", (_error, socket) => {
  const refuse = () => socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
  setImmediate(() => setImmediate(refuse));
});
server.listen(0, "127.0.0.1", () => {
  const { llhttp = "", bun = "" } = process.versions;
  console.log(JSON.stringify({ port: server.address().port, llhttp, bun }));
});
process.stdin.on("end", () => process.exit()).resume();
