import type { z } from 'zod'
import type { FieldHint, SettingsDescriptor } from '@/lib/drivers/contract/descriptor'
import type { FieldProblem } from '@/lib/errors'

/**
 * What the console, the API and the sealing of secrets know of a type of notifier. It runs in the browser too: zod and plain data only.
 * Form, body, redaction and OpenAPI derive from it, as from the descriptor of a storage type.
 */
export interface NotifierDescriptor<
  Id extends string = string,
  Config extends z.ZodObject = z.ZodObject,
  Secrets extends z.ZodObject = z.ZodObject,
> {
  readonly id: Id
  readonly title: string
  /** One line for people. */
  readonly summary: string
  /** Not secret. Strict: an unknown key is refused by name. */
  readonly config: Config
  readonly secrets: Secrets
  /**
   * Config keys that decide where the secrets are sent and how well they are protected on the way; whoever changes one of them enters
   * the secrets again. Absent: the secret says itself where it goes, or there is none.
   */
  readonly destination?: NonNullable<SettingsDescriptor['destination']>
  /** Secrets without which nothing can be sent. Absent: none. */
  readonly needs?: readonly (keyof z.infer<Secrets> & string)[]
  /** Programs read it, and want each message by itself. Absent: people do, for whom many at once are gathered into one. */
  readonly isForPrograms?: true
  readonly fields: Record<(keyof z.infer<Config> | keyof z.infer<Secrets>) & string, FieldHint>
  /** One line such as `ops@example.com`; must never contain a secret. */
  describeTarget(config: z.infer<Config>): string
  /** Rules over more than one field. */
  check?(config: z.infer<Config>): FieldProblem[]
}

export function defineNotifier<
  const Id extends string,
  Config extends z.ZodObject,
  Secrets extends z.ZodObject = z.ZodObject<Record<never, never>>,
>(descriptor: NotifierDescriptor<Id, Config, Secrets>): NotifierDescriptor<Id, Config, Secrets> {
  return descriptor
}
