import { readFile } from 'node:fs/promises'
import type { PublishedPort } from '@/lib/agent-protocol/containers'

/** As /proc/net has them: a socket of TCP that waits for connections, and one of UDP that anybody may send to. */
const WAITS = { tcp: '0A', udp: '07' } as const

/** Does a program of this host wait on this port, at this address or at all of them? */
export async function isListening({ hostPort, protocol, address }: PublishedPort): Promise<boolean> {
  const tables = await Promise.all(
    ['', '6'].map((family) => readFile(`/proc/net/${protocol}${family}`, 'utf8').catch(() => '')),
  )
  return tables.some((table) => waitsIn(table, { hostPort, protocol, address }))
}

/** Of one table. What waits at an address of its own is in the way of that address, and of all. */
export function waitsIn(table: string, { hostPort, protocol, address }: Omit<PublishedPort, 'containerPort'>): boolean {
  const port = hostPort.toString(16).toUpperCase().padStart(4, '0')
  const own = address?.includes('.') ? littleEndian(address) : null
  return table.split('\n').some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [at = '', on] = local.split(':')
    if (on !== port || state !== WAITS[protocol]) return false
    // One of IPv6 is compared by the engine alone, when it starts the container.
    return address === null || /^0+$/.test(at) || at === own
  })
}

function littleEndian(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
  return bytes.reverse().join('')
}
