// Builds what `npm start` runs: the agent bundle, the control plane's processes (dist/) and the console (.next/).
// Nothing is built again while no source has changed.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'

const SOURCES = ['app', 'components', 'lib', 'agent', 'client', 'prisma', 'public', 'scripts', 'docs']
const FILES = [
  'package-lock.json',
  'README.md',
  'tsconfig.json',
  'next.config.mjs',
  'postcss.config.mjs',
  'proxy.ts',
  'instrumentation.ts',
]
const stampFile = path.join(root, 'dist/build-stamp')

/** Size and time of every source file: reading them all would cost most of a warm start. */
function sourceStamp() {
  const hash = createHash('sha256').update(process.env.HOLDFAST_BENCH ?? '')
  const visit = (name) => {
    const file = path.join(root, name)
    if (!existsSync(file)) return
    const info = statSync(file)
    if (!info.isDirectory()) {
      if (!/\.test\.tsx?$/.test(name)) hash.update(`${name}\0${info.size}\0${info.mtimeMs}\n`)
      return
    }
    if (/(^|\/)(generated|fixtures|testing|docs\/decisions|docs\/images)$/.test(name)) return
    for (const entry of readdirSync(file).sort()) visit(`${name}/${entry}`)
  }
  for (const name of [...SOURCES, ...FILES]) visit(name)
  return hash.digest('hex')
}

export function ensureBuilt() {
  const stamp = sourceStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  console.error('Building Holdfast …')
  const run = (args, env) => execFileSync(pinnedNode, args, { cwd: root, stdio: ['ignore', 2, 2], env: toolEnv(env) })
  mkdirSync(path.join(root, 'dist'), { recursive: true })
  run(['scripts/build-processes.mjs'])
  run(['scripts/build-client.mjs'])
  run(['scripts/build-agent.mjs', '--package'])
  run(['node_modules/next/dist/bin/next', 'build'], { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' })
  writeFileSync(stampFile, stamp)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureInstalled()
  ensureBuilt()
}
