import type { Notice } from '@/lib/notifiers/contract/notice'
import { details, headline } from '@/lib/notifiers/contract/words'
import { FACILITIES, type SyslogConfig } from '@/lib/notifiers/syslog/descriptor'

/** RFC 5424, table 2: critical, warning, notice. */
const LEVELS = { critical: 2, warning: 4, drift: 5 } as const
const INFORMATIONAL = 6
/** RFC 5612 keeps this number for examples; Holdfast has none of its own. */
const ENTERPRISE = 32473

/** RFC 5424, section 6, without a frame. */
export function syslogLine(
  notice: Notice,
  { facility }: Pick<SyslogConfig, 'facility'>,
  from: { host: string; installation: string },
): string {
  const isBad = notice.event !== 'cleared' && notice.event !== 'test'
  const priority = FACILITIES[facility] * 8 + (isBad ? LEVELS[notice.severity] : INFORMATIONAL)
  const data = {
    id: notice.id,
    event: notice.event,
    severity: notice.severity,
    installation: from.installation,
    ...(notice.alert === null ? {} : { alert: notice.alert.id, kind: notice.alert.kind }),
  }
  const structured = Object.entries(data)
    .map(([key, value]) => ` ${key}="${value.replace(/["\\\]]/g, '\\$&')}"`)
    .join('')
  const host = from.host.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-'
  const text = [headline(notice), ...details(notice)].join(' · ')
  return `<${priority}>1 ${notice.at.toISOString()} ${host} holdfast - ${notice.event} [holdfast@${ENTERPRISE}${structured}] \ufeff${text}`
}

/** By TCP and TLS each message comes with its length in bytes before it (RFC 6587, section 3.4.1, and RFC 5425). */
export function framed(line: string): Buffer {
  const bytes = Buffer.from(line)
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
}

/** What every receiver takes by UDP (RFC 5426, section 3.2), cut between two characters. */
const LARGEST_DATAGRAM = 2048

export function datagram(line: string): Buffer {
  const bytes = Buffer.from(line)
  if (bytes.length <= LARGEST_DATAGRAM) return bytes
  let end = LARGEST_DATAGRAM
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
