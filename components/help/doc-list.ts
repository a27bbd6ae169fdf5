/** A document of `docs/` as the console shows it. */
export interface Doc {
  /** In the address: `/help/<slug>`. */
  slug: string
  /** From the top of the sources. */
  file: string
  title: string
  about: string
}

/** In the order of the side list. A new document gets a line here and one in `doc-texts.ts`. */
export const DOCS: readonly Doc[] = [
  { slug: 'start', file: 'README.md', title: 'First steps', about: 'Install, first steps, and every setting' },
  { slug: 'agent', file: 'docs/agent.md', title: 'The agent', about: 'On a host: join, policy, where its files are' },
  {
    slug: 'pools',
    file: 'docs/pools.md',
    title: 'Pools and volumes',
    about: 'What each storage can do, trash, limits',
  },
  {
    slug: 'repositories',
    file: 'docs/repositories.md',
    title: 'Backup repositories',
    about: 'Places for backups, when they are full, leases of programs',
  },
  {
    slug: 'workloads',
    file: 'docs/attachments.md',
    title: 'Containers and machines',
    about: 'What hosts run, and which storage that uses',
  },
  {
    slug: 'consoles',
    file: 'docs/consoles.md',
    title: 'Screens and serial consoles',
    about: 'See a virtual machine in the console, and who looks',
  },
  {
    slug: 'monitoring',
    file: 'docs/monitoring.md',
    title: 'Monitoring',
    about: 'Capacity over time, when it is full, alerts, Prometheus',
  },
  { slug: 'api', file: 'docs/api.md', title: 'The API', about: 'The REST API, tokens, a typed client' },
  {
    slug: 'database',
    file: 'docs/database.md',
    title: 'Database',
    about: 'SQLite or PostgreSQL, backup and restore',
  },
  {
    slug: 'single-sign-on',
    file: 'docs/single-sign-on.md',
    title: 'Single sign-on',
    about: 'Sign in with an OpenID Connect provider',
  },
  {
    slug: 'security',
    file: 'docs/security.md',
    title: 'Security',
    about: 'Who is trusted with what, and what holds it',
  },
  { slug: 'architecture', file: 'docs/architecture.md', title: 'Architecture', about: 'How the parts hang together' },
  {
    slug: 'lab',
    file: 'docs/lab.md',
    title: 'The lab',
    about: 'Real servers on this machine, for those who change Holdfast',
  },
]

export function docBySlug(slug: string): Doc | undefined {
  return DOCS.find((doc) => doc.slug === slug)
}

/**
 * Where a link of a document leads: an address of the console or of the web, or null for a file of the sources, which is not shown
 * here. `from` is the document that has the link.
 */
export function hrefOf(link: string, from: Pick<Doc, 'file'>): string | null {
  if (link.startsWith('#') || /^https?:\/\//.test(link)) return link
  const { pathname, hash, protocol } = new URL(link, `file:///${from.file}`)
  if (protocol !== 'file:') return null
  const doc = DOCS.find(({ file }) => `/${file}` === decodeURIComponent(pathname))
  return doc ? `/help/${doc.slug}${hash}` : null
}

/** The anchor of a heading, as code forges make it. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}
