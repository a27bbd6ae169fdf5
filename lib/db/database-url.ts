import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '@/lib/errors'

export type DatabaseProvider = 'sqlite' | 'postgresql'

export type DatabaseLocation =
  | { provider: 'sqlite'; path: string }
  | { provider: 'postgresql'; connectionString: string; schema: string | undefined }

/** Reads `file:/path/holdfast.db` or `postgresql://user:password@host/name?schema=…`. Errors never repeat the URL: it may hold a password. */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  if (url.startsWith('file:')) {
    const plain = url.split('?')[0] ?? ''
    const path = plain.startsWith('file://') ? fileURLToPath(plain) : resolve(plain.slice('file:'.length))
    if (plain.length > 'file:'.length) return { provider: 'sqlite', path }
  }
  const parsed = /^postgres(ql)?:\/\//.test(url) ? URL.parse(url) : null
  if (parsed && parsed.pathname.length > 1) {
    const schema = parsed.searchParams.get('schema') ?? undefined
    parsed.searchParams.delete('schema')
    // Prisma's own CLI needs this one; the driver does not know it.
    parsed.searchParams.delete('connection_limit')
    return { provider: 'postgresql', connectionString: parsed.toString(), schema }
  }
  const message = 'The database URL must be file:/path/to/holdfast.db or postgresql://user:password@host:5432/name.'
  throw new HoldfastError('invalid_input', message, { fields: [{ field: 'HOLDFAST_DATABASE_URL', message }] })
}
