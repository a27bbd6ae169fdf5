import { z } from 'zod'
import { hostProblem } from '@/lib/drivers/grammar'

/** Grammars that several types share. */

/** An address of a web server, with a path and a query if it needs them. Says what is wrong with it; null: nothing. */
export function webAddressProblem(value: string): string | null {
  if (!/^https?:\/\//i.test(value)) return 'The address must start with https:// or http://.'
  if (value.length > 2048) return 'The address has at most 2048 characters.'
  if (/[\s\p{Cc}]/u.test(value) || !URL.canParse(value)) return 'This is no address of a web server.'
  const url = new URL(value)
  if (`${url.username}${url.password}` !== '') return 'User and password do not belong into the address.'
  if (url.hash !== '' || value.includes('#')) return 'Leave out the "#" and what stands behind it.'
  return hostProblem(url.hostname)
}

/** What goes into a header or a sign-in. */
export function secretTextProblem(value: string): string | null {
  if (value.length > 1024) return 'It has at most 1024 characters.'
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ? null
    : 'It has printable ASCII letters only, without blanks around it; check what was pasted.'
}

export const CA_FIELD = {
  label: 'Certificate authority',
  help: 'PEM certificate of your own authority, if the server has a certificate from it.',
  group: 'advanced',
  control: 'multiline',
} as const

/** What people call a channel where the address of its webhook is a secret. */
export const ChannelName = z.string().trim().min(1, 'Name the channel.').max(100)

export const CHANNEL_FIELD = {
  label: 'Channel',
  help: 'How people call it here. Where it really goes is decided by the webhook.',
  placeholder: '#storage',
  group: 'essential',
  control: 'text',
} as const

/** Of a server on its own: no path below it. */
export function serverAddressProblem(value: string): string | null {
  const problem = webAddressProblem(value)
  if (problem !== null) return problem
  return new URL(value).search === '' ? null : 'Leave out the "?" and what stands behind it.'
}
