import 'server-only'
import { PROTOCOL_VERSION } from '@/lib/agent-protocol/verbs'
import { currentEnv } from '@/lib/current-env'
import manifest from '@/package.json' with { type: 'json' }

export interface Versions {
  holdfast: string
  /** Of the REST API, as in its paths. */
  api: string
  /** The newest that this controller speaks with agents. */
  agentProtocol: number
  node: string
  database: 'SQLite' | 'PostgreSQL'
}

/** What runs here, for a person who asks for help or gives it. */
export function installedVersions(): Versions {
  return {
    holdfast: manifest.version,
    api: 'v1',
    agentProtocol: PROTOCOL_VERSION,
    node: process.versions.node,
    database: currentEnv().databaseUrl.startsWith('file:') ? 'SQLite' : 'PostgreSQL',
  }
}
