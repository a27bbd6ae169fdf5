import { PrismaPg } from '@prisma/adapter-pg'
import type { PoolConfig } from 'pg'
import { HoldfastError } from '@/lib/errors'

const MAX_CONNECTIONS = 10
/** Statements with a name stay prepared on the server for the life of a connection, so their number is bounded; the rest has none. */
const MAX_NAMED_STATEMENTS = 500

/** Settings of every connection; the schema named in the URL becomes the search path too, for SQL that we write ourselves. */
export function postgresConfig(connectionString: string, schema: string | undefined): PoolConfig {
  return {
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: 10_000,
    application_name: 'holdfast',
    ...(schema ? { options: `-c search_path=${JSON.stringify(schema)}` } : {}),
  }
}

/** The stock adapter over a pool, with prepared statements: planning a query again costs more than running most of ours. */
export function openPostgresPool(connectionString: string, schema: string | undefined): PrismaPg {
  const names = new Map<string, string>()
  function statementName(query: { sql: string }): string {
    const known = names.get(query.sql)
    if (known) return known
    if (names.size >= MAX_NAMED_STATEMENTS) return ''
    const name = `h${names.size}`
    names.set(query.sql, name)
    return name
  }
  return new PrismaPg(postgresConfig(connectionString, schema), {
    ...(schema ? { schema } : {}),
    statementNameGenerator: statementName,
  })
}

/** One sentence for a server that cannot be used; the cause keeps the server's own words for the log. */
export function postgresUnavailable(cause: unknown): HoldfastError {
  return new HoldfastError(
    'unavailable',
    'The database server does not answer or refuses the sign-in; check HOLDFAST_DATABASE_URL and the server.',
    { cause },
  )
}
