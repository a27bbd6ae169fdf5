import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Of the state column: ESTABLISHED. */
const ESTABLISHED = '01'

/**
 * The user behind a connection that a program of this machine made to us over IPv4, from a table of the kernel (`proc_net_tcp(5)`).
 * Null: it is not there.
 */
export function userInTable(table: string, peerPort: number, ownPort: number): number | null {
  for (const line of table.split('\n').slice(1)) {
    const [, local, remote, state, , , , uid] = line.trim().split(/\s+/)
    if (state === ESTABLISHED && portIn(local) === peerPort && portIn(remote) === ownPort) return Number(uid)
  }
  return null
}

/** `0100007F:1F90`, in network order of the port. */
function portIn(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16)
}

/**
 * Whether the program at the other end belongs to the user of this one. Where the system does not tell (all but Linux), whoever is
 * on this machine counts.
 */
export function isOwnProgram(socket: Socket, platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'linux') return true
  const { remotePort = 0, localPort = 0 } = socket
  return userInTable(readFileSync('/proc/net/tcp', 'utf8'), remotePort, localPort) === process.getuid?.()
}
