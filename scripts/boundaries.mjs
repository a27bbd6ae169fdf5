// Who may import whom: one table, checked as a part of the lint tier. `node scripts/boundaries.mjs` prints what breaks it.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './install.mjs'

const PAGES = ['app/**', 'components/**', 'proxy.ts']
const SCHEMAS = 'lib/*/**/*schema.ts'
const CONTROL_PLANE = [
  'lib/{alert-rules,alerts,attention,audit,auth,availability,backends,cli,consoles,events,files,heartbeat,hosts,http,imports,installation,maintenance,monitoring,mounts,notifiers,operations,plans,pools,reachability,relay,repositories,restores,rollouts,snapshots,users,uses,views,volumes,web,wolfstack,workloads}/**',
]
/** What the browser and the agent load alike. */
const SHARED = ['lib/drivers/**', 'lib/attach-targets/**', 'lib/backup-engines/**', 'lib/agent-protocol/**']

/**
 * One row: files that match `from` may not import what matches `to` (and not `except`). Packages are named as they are imported.
 * `breach` is a file and an import that the row must refuse; the test takes it from here.
 */
export const BOUNDARIES = [
  {
    from: [...PAGES, SCHEMAS, ...SHARED, 'agent/**'],
    to: ['lib/**/*repository.ts', 'lib/db/**', '@prisma/**', 'better-sqlite3', 'pg'],
    because: 'The database belongs to repositories: call the service of that noun instead.',
    breach: ['app/api/v1/storage/mounts/route.ts', 'lib/mounts/repository.ts'],
  },
  {
    from: [...PAGES, ...CONTROL_PLANE, ...SHARED, 'agent/**', 'lib/db/**'],
    notFrom: ['lib/cli/**'],
    to: ['lib/agent-client/**', 'lib/controller/**'],
    because: 'Only the controller talks to agents: write an operation through a service instead.',
    breach: ['lib/backends/service.ts', 'lib/agent-client/client.ts'],
  },
  {
    from: [...PAGES, 'lib/**', 'demo/**'],
    to: ['agent/**'],
    because: 'Agent code runs as root on hosts: share types through lib/agent-protocol instead.',
    breach: ['lib/controller/controller.ts', 'agent/agent.ts'],
  },
  {
    from: ['agent/**'],
    to: [...PAGES, ...CONTROL_PLANE, 'lib/supervisor/**'],
    because: 'The agent knows no control plane: share through lib/agent-protocol instead.',
    breach: ['agent/verbs/status.ts', 'lib/mounts/state.ts'],
  },
  {
    from: ['client/**'],
    to: ['lib/**', 'agent/**', ...PAGES, '@prisma/**', 'next', 'zod'],
    except: ['lib/consoles/{closing,schema}.ts', 'lib/workloads/schema.ts'],
    because:
      'The client runs on computers of people, as one file: it speaks to the API, and takes no more than its types.',
    breach: ['client/product.ts', 'lib/consoles/service.ts'],
  },
  {
    from: [...PAGES, 'lib/**', 'agent/**'],
    to: ['client/**'],
    because: 'The client is a program of its own: move what both need to lib/.',
    breach: ['lib/cli/commands.ts', 'client/product.ts'],
  },
  {
    from: ['components/**', SCHEMAS, ...SHARED, 'lib/**/*repository.ts', 'agent/**'],
    notFrom: ['lib/controller/**'],
    to: ['lib/**/*service.ts'],
    because: 'Services run in the web process: fetch from /api/v1, or take the data as props from a page.',
    breach: ['components/mounts/list/mounts-table.tsx', 'lib/mounts/service.ts'],
  },
  {
    from: ['lib/*/**', 'agent/**'],
    notFrom: ['lib/{auth,http,web,server}/**'],
    to: ['next', 'next/**', 'next-auth', 'next-auth/**', 'react', 'react-dom', 'react/**'],
    because: 'This layer knows nothing of the web framework: move that code to app/ or components/.',
    breach: ['lib/mounts/changes/create.ts', 'next/server'],
  },
  {
    from: ['components/**', SCHEMAS, ...SHARED],
    to: ['node:*'],
    because: 'Power is handed over, never taken: use context.host instead.',
    breach: ['lib/drivers/nfs/host.ts', 'node:fs'],
  },
  {
    // The host half of a type may be several files; what is shared with the control plane begins at its descriptor.
    from: [...PAGES, 'lib/**', 'demo/**'],
    notFrom: ['lib/drivers/*/**'],
    to: ['lib/drivers/*/host.ts'],
    except: ['lib/drivers/contract/**'],
    because: "A type's host half runs only in the agent: use its descriptor instead.",
    breach: ['lib/backends/service.ts', 'lib/drivers/nfs/host.ts'],
  },
  {
    from: [...PAGES, 'lib/**', 'demo/**'],
    notFrom: ['lib/attach-targets/*/**'],
    to: ['lib/attach-targets/*/{host,parse-*}.ts'],
    because:
      'The host half of a target runs only in the agent: use its descriptor, through lib/attach-targets/registry.',
    breach: ['lib/workloads/view.ts', 'lib/attach-targets/docker/host.ts'],
  },
  {
    from: [...PAGES, 'lib/**', 'demo/**'],
    notFrom: ['lib/backup-engines/*/**'],
    to: ['lib/backup-engines/*/**'],
    except: ['lib/backup-engines/contract/**', 'lib/backup-engines/restic/{descriptor,problems}.ts'],
    because:
      'The host half of an engine runs only in the agent: use its descriptor, through lib/backup-engines/registry.',
    breach: ['lib/views/service.ts', 'lib/backup-engines/restic/host.ts'],
  },
  {
    from: ['lib/**', 'app/**', 'components/**'],
    notFrom: ['lib/drivers/**'],
    to: ['lib/drivers/*/**'],
    except: ['lib/drivers/{contract,mounting,options,problems}/**'],
    because: 'What one storage type knows is asked of its descriptor, through lib/drivers/registry.',
    breach: ['lib/mounts/view.ts', 'lib/drivers/s3/config.ts'],
  },
  {
    from: ['components/backends/import-storage.tsx', 'lib/imports/format.ts'],
    to: ['lib/drivers/registry.ts', 'lib/imports/{entry,read-import}.ts', 'components/backends/import-remotes.tsx'],
    because: 'A dialog that opens loads no code of all types: leave that to what is fetched with the preview.',
    breach: ['components/backends/import-storage.tsx', 'lib/drivers/registry.ts'],
  },
  {
    from: ['**'],
    notFrom: ['lib/controller/**', 'lib/notifiers/senders.ts', 'lib/notifiers/*/sender.ts', 'testing/**'],
    to: ['lib/notifiers/senders.ts', 'lib/notifiers/*/sender.ts', 'nodemailer'],
    except: ['lib/notifiers/contract/**'],
    because: 'Only the controller sends messages: queue one through lib/notifiers/outbox instead.',
    breach: ['lib/notifiers/service.ts', 'lib/notifiers/senders.ts'],
  },
  {
    from: ['**'],
    notFrom: ['agent/host/exec/child.ts', 'e2e/**', 'scripts/**', 'testing/**'],
    to: ['execa'],
    because: 'Only agent/host/exec/child.ts starts programs: call host.run(command, args) instead.',
    breach: ['agent/host/fuse/daemons.ts', 'execa'],
  },
  {
    from: ['agent/**', 'lib/**', 'app/**', 'components/**', 'proxy.ts'],
    notFrom: ['app/api/bench/**'],
    to: ['testing/**', 'e2e/**', 'demo/**', 'lib/drivers/*/samples.ts', 'vitest', 'fast-check'],
    except: ['lib/drivers/contract/**'],
    because: 'The product does not know its tests: move what both need out of testing/.',
    breach: ['lib/controller/fleet/sweep.ts', 'testing/fleet.ts'],
  },
]

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g

/** `**` is any path, `*` any name, `{a,b}` one of these. */
function expression(glob) {
  const parts = {
    '/**': '/.*',
    '**/': '(?:.*/)?',
    '**': '.*',
    '*': '[^/]*',
    '.': '\\.',
    '{': '(?:',
    '}': ')',
    ',': '|',
  }
  return new RegExp(`^${glob.replace(/\/\*\*$|\*\*\/|\*\*|[*.{},]/g, (part) => parts[part])}$`)
}

const expressions = new Map()
const matches = (file, globs) =>
  globs.some((glob) => {
    const known = expressions.get(glob) ?? expression(glob)
    expressions.set(glob, known)
    return known.test(file)
  })

/** The row that an import breaks, if any. Both are paths from the root; a package is its own name. */
export function rowFor(importer, imported) {
  if (/\.(test|bench)\.tsx?$/.test(importer)) return undefined
  return BOUNDARIES.find(
    ({ from, notFrom = [], to, except = [] }) =>
      matches(importer, from) && !matches(importer, notFrom) && matches(imported, to) && !matches(imported, except),
  )
}

/** The file that is meant, or the name of a package. */
function resolve(importer, specifier) {
  const isOurs = specifier.startsWith('@/') || specifier.startsWith('.')
  if (!isOurs) return specifier
  const plain = specifier.startsWith('@/') ? specifier.slice(2) : path.join(path.dirname(importer), specifier)
  return (
    ['', '.ts', '.tsx', '/index.ts']
      .map((end) => plain + end)
      .find((file) => /\.\w+$/.test(file) && existsSync(path.join(root, file))) ?? plain
  )
}

/** What every file imports, types too: `[importer, imported]`. */
export function allImports() {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
    cwd: root,
    encoding: 'utf8',
  })
  return files
    .split('\n')
    .filter((file) => file !== '' && existsSync(path.join(root, file)))
    .flatMap((file) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      return [...text.matchAll(IMPORT)].map(([, specifier]) => [file, resolve(file, specifier)])
    })
}

/** One line for each import that crosses a boundary. */
export function breaches(imports = allImports()) {
  return imports.flatMap(([importer, imported]) => {
    const row = rowFor(importer, imported)
    return row ? [`${importer} imports ${imported}. ${row.because}`] : []
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = breaches()
  for (const line of found) console.error(line)
  process.exitCode = found.length === 0 ? 0 : 1
}
