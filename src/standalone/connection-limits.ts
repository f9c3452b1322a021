/**
 * Keeps one caller, or all together, from holding every connection of the server. What is refused is told so at once, as a
 * problem, and costs nothing more; what was let in and then says nothing is ended by the server's time limits.
 */
import { type Server } from 'node:http';
import { type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { newId } from '@/kernel/ids';

export interface ConnectionLimits {
  /** Open at once. */
  total: number;
  /** Of one address, or of one /64 of IPv6; null where the peer is a proxy that speaks for many. */
  ofPeer: number | null;
}

/** How long a refused caller may take to read why, in ms. */
const FAREWELL_MS = 1_000;
const RETRY_AFTER_S = 5;

/** Counts connections by who holds them. */
export function createConnectionCount({ total, ofPeer }: ConnectionLimits) {
  const held = new Map<string, number>();
  let open = 0;
  return {
    /** Whether one more may be opened; it is counted, and must be given back by `leave`. */
    enter(address: string | undefined): boolean {
      const peer = peerOf(address);
      const ofThis = (peer !== null && held.get(peer)) || 0;
      if (open >= total || (peer !== null && ofPeer !== null && ofThis >= ofPeer)) return false;
      open += 1;
      if (peer !== null) held.set(peer, ofThis + 1);
      return true;
    },
    leave(address: string | undefined): void {
      open -= 1;
      const peer = peerOf(address);
      const ofThis = peer === null ? undefined : held.get(peer);
      if (peer === null || ofThis === undefined) return;
      if (ofThis > 1) held.set(peer, ofThis - 1);
      else held.delete(peer);
    },
    /** How many peers are remembered. */
    peers: () => held.size,
  };
}

/** Who holds a connection; null for this machine itself, on which a proxy may stand in front. */
function peerOf(address: string | undefined): string | null {
  if (address === undefined || !ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'loopback') return null;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return ipaddr.fromByteArray(parsed.toByteArray().map((byte, index) => (index < 8 ? byte : 0))).toString();
}

/** Holds a server to the limits. @returns whether requests of a connection are to be answered. */
export function limitConnections(server: Server, limits: ConnectionLimits): (socket: Socket) => boolean {
  const count = createConnectionCount(limits);
  const refused = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    if (count.enter(address)) {
      socket.once('close', () => count.leave(address));
      return;
    }
    refused.add(socket);
    socket.end(refusal());
    socket.setTimeout(FAREWELL_MS, () => socket.destroy());
  });
  return (socket) => !refused.has(socket);
}

/** The answer in full: written by hand, because this stands before all that could make one. */
function refusal(): string {
  const requestId = newId();
  const body = JSON.stringify({
    type: '/docs#error-too_many_requests',
    title: 'Too many requests',
    status: 429,
    code: 'too_many_requests',
    detail: 'Too many connections are open. Close some, or use one for several requests.',
    request_id: requestId,
  });
  const head = [
    'HTTP/1.1 429 Too Many Requests',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `retry-after: ${RETRY_AFTER_S}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
