import { z } from 'zod'
import { CaCertificate, ServerName } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD } from '@/lib/notifiers/contract/fields'

/** RFC 5424, table 1. */
export const FACILITIES = {
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const

export const SyslogConfig = z.strictObject({
  server: ServerName,
  port: z.int().min(1).max(65_535).default(514),
  transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
  facility: z.enum(Object.keys(FACILITIES) as (keyof typeof FACILITIES)[]).default('daemon'),
  ca_certificate: CaCertificate,
})
export type SyslogConfig = z.infer<typeof SyslogConfig>

export const syslog = defineNotifier({
  id: 'syslog',
  title: 'Syslog',
  summary: 'a line to a log server (RFC 5424)',
  isForPrograms: true,
  config: SyslogConfig,
  secrets: z.strictObject({}),
  fields: {
    server: { label: 'Server', placeholder: 'logs.example.com', group: 'essential', control: 'text' },
    port: { label: 'Port', help: 'Mostly 514, and 6514 with TLS.', group: 'essential', control: 'number' },
    transport: {
      label: 'Transport',
      help: 'By UDP nobody can tell whether a message arrived.',
      group: 'essential',
      control: 'select',
      choices: { udp: 'UDP', tcp: 'TCP', tls: 'TLS' },
    },
    facility: { label: 'Facility', group: 'advanced', control: 'select' },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ server, port, transport }) => `${server}:${port} (${transport.toUpperCase()})`,
  check: ({ transport, ca_certificate }) =>
    transport !== 'tls' && ca_certificate !== undefined
      ? [{ field: 'ca_certificate', message: 'Only TLS has a certificate: choose TLS, or clear this.' }]
      : [],
})
