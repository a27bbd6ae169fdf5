import { z } from 'zod'
import { CaCertificate, checked, optionalText } from '@/lib/drivers/grammar'
import { defineNotifier } from '@/lib/notifiers/contract/descriptor'
import { CA_FIELD, secretTextProblem, serverAddressProblem } from '@/lib/notifiers/contract/fields'

export const GotifyConfig = z.strictObject({
  server: checked(serverAddressProblem),
  ca_certificate: CaCertificate,
})
export type GotifyConfig = z.infer<typeof GotifyConfig>

export const gotify = defineNotifier({
  id: 'gotify',
  title: 'Gotify',
  summary: 'a notification by a Gotify server of yours',
  config: GotifyConfig,
  secrets: z.strictObject({ app_token: optionalText(secretTextProblem) }),
  destination: { server: true, ca_certificate: true },
  needs: ['app_token'],
  fields: {
    server: { label: 'Server', placeholder: 'https://gotify.example.com', group: 'essential', control: 'text' },
    app_token: {
      label: 'Token of the application',
      help: 'Of an application that is made for Holdfast there, not of a client.',
      group: 'credentials',
      control: 'password',
    },
    ca_certificate: CA_FIELD,
  },
  describeTarget: ({ server }) => server.replace(/^https?:\/\//, ''),
})
