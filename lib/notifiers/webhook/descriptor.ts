import { z } from 'zod'
import { CaCertificate, checked, optionalText } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD, secretTextProblem, webAddressProblem } from '@/lib/notifiers/contract/fields'

export const WebhookConfig = z.strictObject({
  url: checked(webAddressProblem),
  ca_certificate: CaCertificate,
})
export type WebhookConfig = z.infer<typeof WebhookConfig>

function keyProblem(value: string): string | null {
  if (value.length < 16) return 'A key has at least 16 characters.'
  if (value.startsWith('whsec_') && !/^whsec_[A-Za-z0-9+/]{22,}={0,2}$/.test(value))
    return 'Behind "whsec_" stands a key in Base64.'
  return secretTextProblem(value)
}

export const webhook = defineNotifier({
  id: 'webhook',
  title: 'Webhook',
  summary: 'a request with JSON to a program of yours, signed',
  isForPrograms: true,
  config: WebhookConfig,
  secrets: z.strictObject({
    signing_key: optionalText(keyProblem),
    token: optionalText(secretTextProblem),
  }),
  destination: { url: true, ca_certificate: true },
  fields: {
    url: {
      label: 'Address',
      help: 'Each message is a POST to it. Addresses of this machine and of clouds for their own data are refused.',
      placeholder: 'https://hooks.example.com/holdfast',
      group: 'essential',
      control: 'text',
    },
    signing_key: {
      label: 'Signing key',
      help: 'Signs each message (HMAC-SHA256 with the time, as Standard Webhooks has it), so that the program can tell that it is from here. At least 16 characters.',
      group: 'credentials',
      control: 'password',
    },
    token: {
      label: 'Token',
      help: 'Is sent as "Authorization: Bearer …", if the program asks for one.',
      group: 'credentials',
      control: 'password',
    },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ url }) => url.replace(/^https?:\/\//, '').replace(/\?.*$/, ''),
})
