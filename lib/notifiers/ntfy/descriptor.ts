import { z } from 'zod'
import { CaCertificate, checked, optionalText } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD, secretTextProblem, serverAddressProblem } from '@/lib/notifiers/contract/fields'

export const NtfyConfig = z.strictObject({
  server: checked(serverAddressProblem).default('https://ntfy.sh'),
  topic: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'A topic has at most 64 letters, digits, "-" and "_".'),
  ca_certificate: CaCertificate,
})
export type NtfyConfig = z.infer<typeof NtfyConfig>

export const ntfy = defineNotifier({
  id: 'ntfy',
  title: 'ntfy',
  summary: 'a notification to phones, by ntfy.sh or a server of yours',
  config: NtfyConfig,
  secrets: z.strictObject({ token: optionalText(secretTextProblem) }),
  destination: { server: true, ca_certificate: true },
  fields: {
    topic: {
      label: 'Topic',
      help: 'On a public server everybody who knows it can read along.',
      placeholder: 'storage-alerts',
      group: 'essential',
      control: 'text',
    },
    server: { label: 'Server', placeholder: 'https://ntfy.example.com', group: 'essential', control: 'text' },
    token: {
      label: 'Access token',
      help: 'If the topic is protected.',
      placeholder: 'tk_…',
      group: 'credentials',
      control: 'password',
    },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ server, topic }) => `${server.replace(/^https?:\/\//, '')}/${topic}`,
})
