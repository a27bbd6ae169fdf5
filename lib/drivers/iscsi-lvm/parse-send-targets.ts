import { unreadableOutput } from '@/lib/drivers/problems/problem'

export interface OfferedTarget {
  target: string
  /** Address as the server tells it; it may be another one than it was asked at. IPv6 without brackets. */
  address: string
  port: number
  /** Target portal group. */
  group: number
}

const LINE = /^(?<address>\[[0-9A-Fa-f:.%a-z]+\]|[^\s:,]+):(?<port>\d+),(?<group>-?\d+) (?<target>\S+)$/

/**
 * `iscsiadm -m discovery -t st`: one `address:port,group target` a line. Throws `command_failed` for anything else, so that a
 * changed format is not taken for "no targets".
 */
export function parseSendTargets(stdout: string): OfferedTarget[] {
  const lines = stdout.split('\n').filter((text) => text.trim() !== '')
  return lines.map((text) => {
    const groups = LINE.exec(text)?.groups
    if (groups === undefined) {
      throw unreadableOutput('iscsiadm', 'printed a line that is not a target')
    }
    return {
      target: groups.target ?? '',
      address: (groups.address ?? '').replace(/^\[(.*)\]$/, '$1'),
      port: Number(groups.port),
      group: Number(groups.group),
    }
  })
}
