import { z } from 'zod'
import { CaCertificate, checked, optionalText, ServerName } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD } from '@/lib/notifiers/contract/fields'

const ADDRESS = z.email()
const MOST_RECIPIENTS = 20

function addressProblem(value: string): string | null {
  return value.length <= 254 && ADDRESS.safeParse(value).success ? null : `"${value.slice(0, 60)}" is no mail address.`
}

/** The addresses of a text with commas between them. */
export function recipientsIn(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function recipientsProblem(value: string): string | null {
  const addresses = recipientsIn(value)
  if (addresses.length === 0) return 'Enter a mail address.'
  if (addresses.length > MOST_RECIPIENTS)
    return `At most ${MOST_RECIPIENTS} addresses; make a list at your mail server.`
  return addresses.map(addressProblem).find((problem) => problem !== null) ?? null
}

function textProblem(value: string): string | null {
  return value.length <= 256 && /^[^\p{Cc}\p{Cs}]+$/u.test(value)
    ? null
    : 'At most 256 characters, and no line breaks; check what was pasted.'
}

export const EmailConfig = z.strictObject({
  server: ServerName,
  port: z.int().min(1).max(65_535).default(587),
  security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
  username: optionalText(textProblem),
  from: checked(addressProblem),
  to: checked(recipientsProblem),
  ca_certificate: CaCertificate,
})
export type EmailConfig = z.infer<typeof EmailConfig>

export const email = defineNotifier({
  id: 'email',
  title: 'Email',
  summary: 'mail by an SMTP server',
  config: EmailConfig,
  secrets: z.strictObject({ password: optionalText(textProblem) }),
  destination: { server: true, port: true, security: true, username: true, ca_certificate: true },
  fields: {
    to: {
      label: 'To',
      help: 'Mail addresses, with commas between them.',
      placeholder: 'ops@example.com',
      group: 'essential',
      control: 'text',
    },
    from: { label: 'From', placeholder: 'holdfast@example.com', group: 'essential', control: 'text' },
    server: { label: 'SMTP server', placeholder: 'mail.example.com', group: 'essential', control: 'text' },
    port: {
      label: 'Port',
      help: 'Mostly 587 with STARTTLS, 465 with TLS, 25 without.',
      group: 'essential',
      control: 'number',
    },
    security: {
      label: 'Encryption',
      group: 'essential',
      control: 'select',
      choices: { starttls: 'STARTTLS', tls: 'TLS from the start', none: 'None (anyone on the way can read along)' },
    },
    username: { label: 'User name', help: 'Empty: no sign-in.', group: 'credentials', control: 'text' },
    password: { label: 'Password', group: 'credentials', control: 'password' },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ to }) => recipientsIn(to).join(', '),
  check: ({ security, username }) =>
    security === 'none' && username !== undefined
      ? [{ field: 'security', message: 'A password is not sent without encryption: choose STARTTLS or TLS.' }]
      : [],
})
