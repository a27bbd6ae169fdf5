import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

interface AdapterFailure {
  kind: string
  constraint?: { fields?: string[]; index?: string }
}

const RETRY_ATTEMPTS = 5
const RETRY_BUDGET_MS = 15_000

/** What the driver adapter said under a Prisma error, for both providers. */
function adapterFailure(error: unknown): AdapterFailure | undefined {
  const found = (error as { meta?: { driverAdapterError?: { cause?: unknown } } } | null)?.meta?.driverAdapterError
    ?.cause
  return typeof found === 'object' && found !== null && 'kind' in found ? (found as AdapterFailure) : undefined
}

/** The fields (as in the Prisma model) of a violated unique index or primary key; undefined for any other error. */
export function uniqueViolation(error: unknown): string[] | undefined {
  const failure = adapterFailure(error)
  if (failure?.kind !== 'UniqueConstraintViolation') return undefined
  // SQLite names the columns, PostgreSQL the index: `Backend_name_key`, `Backend_pkey`.
  return failure.constraint?.fields ?? failure.constraint?.index?.split('_').slice(1, -1) ?? []
}

/**
 * Runs a write; a violated unique index becomes `conflict` that names the API's field (snake_case) with a sentence for people.
 * `sentence` gets that field: `conflictOn(() => insert(), (field) => 'A backend with this name exists; choose another name.')`
 */
export async function conflictOn<T>(run: () => Promise<T>, sentence: (field: string) => string): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const fields = uniqueViolation(error)
    if (!fields) throw error
    const field = (fields.at(-1) ?? 'id').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const message = sentence(field)
    throw new HoldfastError('conflict', message, {
      fields: [{ field, message }],
      recovery: CHOOSE_ANOTHER,
      cause: error,
    })
  }
}

const CHOOSE_ANOTHER = 'Choose another one, or change the object that has it.'

/** What has it already. */
export interface Holder {
  kind: string
  id: string
  name: string
}

/** A name or a place of which there is one, and `taken_by` has it. `message` is a sentence for people. */
export function taken(field: string, message: string, holder: Holder): HoldfastError {
  return new HoldfastError('conflict', message, {
    fields: [{ field, message }],
    details: { taken_by: holder },
    recovery: CHOOSE_ANOTHER,
  })
}

/** Another transaction was in the way and this one was rolled back whole: it may be run again. */
export function isContention(error: unknown): boolean {
  const kind = adapterFailure(error)?.kind
  return kind === 'TransactionWriteConflict' || kind === 'SocketTimeout'
}

/**
 * Runs a whole transaction (or a single statement) again when others were in its way, a few times and not for long.
 * `run` must hold nothing but database work. Throws `unavailable` when the database stays busy.
 */
export async function retryContention<T>(run: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + RETRY_BUDGET_MS
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!isContention(error)) throw error
      if (attempt === RETRY_ATTEMPTS || Date.now() > deadline)
        throw new HoldfastError('unavailable', 'The database is too busy; try again in a moment.', { cause: error })
    }
    await pauseFor(Math.random() * 20 * 2 ** attempt)
  }
}
