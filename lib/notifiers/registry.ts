import { z } from 'zod'
import { isOptional } from '@/lib/drivers/settings'
import { HoldfastError } from '@/lib/errors'
import type { NotifierDescriptor } from '@/lib/notifiers/contract/descriptor'
import { discord } from '@/lib/notifiers/discord/descriptor'
import { email } from '@/lib/notifiers/email/descriptor'
import { gotify } from '@/lib/notifiers/gotify/descriptor'
import { ntfy } from '@/lib/notifiers/ntfy/descriptor'
import { slack } from '@/lib/notifiers/slack/descriptor'
import { syslog } from '@/lib/notifiers/syslog/descriptor'
import { telegram } from '@/lib/notifiers/telegram/descriptor'
import { webhook } from '@/lib/notifiers/webhook/descriptor'

/** Every type of notifier. A new one is a folder and a word in this list (and its sender in `senders.ts`). */
export const NOTIFIERS = [email, webhook, slack, discord, telegram, ntfy, gotify, syslog] as const

export type NotifierType = (typeof NOTIFIERS)[number]['id']
export type AnyNotifier = NotifierDescriptor & { readonly id: NotifierType }

/** For code that serves every type alike. */
export const ALL_NOTIFIERS: readonly AnyNotifier[] = NOTIFIERS
export const NOTIFIER_TYPES: readonly NotifierType[] = NOTIFIERS.map(({ id }) => id)

/** Undefined for a type that this version does not have. */
export function findNotifier(type: string): AnyNotifier | undefined {
  return ALL_NOTIFIERS.find(({ id }) => id === type)
}

/** Throws `invalid_input` that names `type` and lists the types there are. */
export function notifierByType(type: string): AnyNotifier {
  const found = findNotifier(type)
  if (found !== undefined) return found
  const message = `There is no notifier "${type.slice(0, 40)}"; choose one of ${NOTIFIER_TYPES.join(', ')}.`
  throw new HoldfastError('invalid_input', message, { fields: [{ field: 'type', message }] })
}

/** `{ …shape, type, config }` as one union over all types, for OpenAPI; `parseInput` then separates the secrets. */
export function notifierUnion<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodType {
  const members = ALL_NOTIFIERS.map(({ id, config, secrets }) => {
    const fields = Object.entries({ ...config.shape, ...secrets.shape }).map(
      ([key, schema]) => [key, isOptional(schema) ? z.nullish(schema) : schema] as const,
    )
    return z.strictObject({ ...shape, type: z.literal(id), config: z.strictObject(Object.fromEntries(fields)) })
  })
  const [first, ...rest] = members
  if (first === undefined) throw new HoldfastError('internal', 'The list of notifiers is empty.')
  return z.discriminatedUnion('type', [first, ...rest])
}
