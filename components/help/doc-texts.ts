import 'server-only'
import agent from '@/docs/agent.md'
import api from '@/docs/api.md'
import architecture from '@/docs/architecture.md'
import attachments from '@/docs/attachments.md'
import consoles from '@/docs/consoles.md'
import database from '@/docs/database.md'
import lab from '@/docs/lab.md'
import monitoring from '@/docs/monitoring.md'
import pools from '@/docs/pools.md'
import repositories from '@/docs/repositories.md'
import security from '@/docs/security.md'
import singleSignOn from '@/docs/single-sign-on.md'
import start from '@/README.md'

/** The documents by their slugs, taken in when Holdfast is built. */
export const DOC_TEXTS: Readonly<Record<string, string>> = {
  start,
  agent,
  pools,
  repositories,
  workloads: attachments,
  consoles,
  monitoring,
  api,
  database,
  'single-sign-on': singleSignOn,
  security,
  architecture,
  lab,
}
