/**
 * `node:http` without what an import of it brings along: Node then reads each of its exports, `WebSocket` among them,
 * and with that its client for `fetch`, a third of what a bare server takes to start.
 */
export const { createServer, request, STATUS_CODES } = process.getBuiltinModule("node:http");
