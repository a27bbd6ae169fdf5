const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1_000

/**
 * What one server takes from strangers. Bytes and milliseconds. `guard` holds a server to them before anything else reads a request,
 * so no route can forget one.
 */
export interface ServerLimits {
  /** Request line and headers, and also the trailers of a chunked body. */
  headerBytes: number
  bodyBytes: number
  /** Exact paths that take more than `bodyBytes`. */
  largerBodies: Readonly<Record<string, number>>
  /** All bodies that are being received or worked on, together: the most memory that request bodies can take. */
  heldBytes: number
  /** From the first byte of a request, or from the connection on, to the end of its headers. */
  headerMs: number
  /** The same, to the end of its body. */
  requestMs: number
  /** Between two requests of one connection. */
  idleMs: number
  /** A connection on which no byte moves in either direction ends after this. 0: never. */
  stalledMs: number
  connections: number
  /** Of one IPv4 address, or of one IPv6 network of 64 bits, which is what one customer of a provider gets. */
  connectionsPerAddress: number
  /** Connections that have not yet shown what they are for: no request, or for an agent no certificate. */
  unproven: number
  /** How often the times above are looked at. */
  checkMs: number
}

/** A browser or proxy sends 2 to 8 KiB of headers; the session cookie is below 1 KiB. */
const HEADER_BYTES = 16 * KIB

/** The longest text of an import, escaped as JSON: text may take twice its length, and more. */
export const IMPORT_BYTES = 2 * MIB + 512 * KIB

/** The console and the API: anybody who reaches the port may send to it. */
export const WEB_LIMITS: ServerLimits = {
  headerBytes: HEADER_BYTES,
  // The largest body that the API knows is a backend with certificates: about 100 KiB.
  bodyBytes: 256 * KIB,
  largerBodies: {
    '/api/v1/storage/import': IMPORT_BYTES,
    '/api/storage/import': IMPORT_BYTES,
    '/api/v1/storage/import-rclone': IMPORT_BYTES,
    '/api/storage/import-rclone': IMPORT_BYTES,
  },
  // 256 ordinary bodies at their largest, at one moment.
  heldBytes: 64 * MIB,
  headerMs: 10 * SECOND,
  // 256 KiB over a bad mobile line take 20 s.
  requestMs: 30 * SECOND,
  // Longer than the 60 s of common proxies, which then never meet a connection that is just closing.
  idleMs: 65 * SECOND,
  // Event streams send something every 15 s; no answer takes longer than a storage test of 2 minutes.
  stalledMs: 300 * SECOND,
  // A console keeps one event stream and up to 5 more; 2,048 idle connections take about 40 MB.
  connections: 2_048,
  // A whole office may sit behind one address.
  connectionsPerAddress: 512,
  unproven: 1_024,
  checkMs: 2 * SECOND,
}

/** The controller's port for hosts that join: small requests of hosts that are about to be members. */
export const FLEET_LIMITS: ServerLimits = {
  headerBytes: HEADER_BYTES,
  // A token, a certificate request and a name: 2 KiB.
  bodyBytes: 64 * KIB,
  largerBodies: {},
  heldBytes: 8 * MIB,
  headerMs: 10 * SECOND,
  requestMs: 20 * SECOND,
  idleMs: 5 * SECOND,
  // The agent's archive is 50 MB; a host that takes none of it for a minute has gone.
  stalledMs: 60 * SECOND,
  connections: 256,
  // Hosts of one network may join all at once, through one address.
  connectionsPerAddress: 128,
  unproven: 128,
  checkMs: 2 * SECOND,
}

/** The agent's port: one client, the controller, which has shown its certificate before any of this is read. */
export const AGENT_LIMITS: ServerLimits = {
  headerBytes: HEADER_BYTES,
  // A backend with its secrets and its mounts.
  bodyBytes: 256 * KIB,
  largerBodies: {},
  heldBytes: 16 * MIB,
  headerMs: 10 * SECOND,
  requestMs: 20 * SECOND,
  // Longer than the controller's sweep interval.
  idleMs: 120 * SECOND,
  // A command may be silent for as long as it takes.
  stalledMs: 0,
  // A controller keeps up to 12; several may follow each other while they take over.
  connections: 512,
  connectionsPerAddress: 512,
  // Strangers share these, whatever they do; a controller takes one for the 10 ms of its handshake.
  unproven: 128,
  checkMs: 2 * SECOND,
}

/** The relay of a controller: its web processes, each request with a ticket and a connection of its own. Bodies are handed on. */
export const RELAY_LIMITS: ServerLimits = {
  headerBytes: HEADER_BYTES,
  bodyBytes: 64 * KIB,
  largerBodies: {},
  heldBytes: MIB,
  headerMs: 10 * SECOND,
  requestMs: 20 * SECOND,
  idleMs: 5 * SECOND,
  // The legs of a transfer have shorter deadlines of their own; a host that looks into a large directory is silent meanwhile.
  stalledMs: 200 * SECOND,
  // As many as web processes may ask for at once.
  connections: 1_024,
  connectionsPerAddress: 1_024,
  unproven: 256,
  checkMs: 2 * SECOND,
}

/** How long a connection may take for its TLS handshake, in milliseconds: three round trips, even over a satellite. */
export const HANDSHAKE_MS = 5 * SECOND

/** Where a proxy stands in front, all clients come from its address. */
export function behindProxy(limits: ServerLimits): ServerLimits {
  return { ...limits, connectionsPerAddress: limits.connections }
}
