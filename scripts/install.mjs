// Makes a fresh clone runnable with only Node (20 or newer) and npm: installs the locked packages without running their install
// scripts, then fetches the pinned Node 24 binary (the one install script that is needed) and generates the database clients.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const pinnedNode = path.join(root, 'node_modules/node/bin/node')
// What is installed and built is read by the users of web and controller, however strict the umask of the one who does it.
process.umask(0o022)
const stampFile = path.join(root, 'node_modules/.holdfast-install')

/** Environment for child processes: the pinned Node and the project's tools come first on the PATH. */
export function toolEnv(extra = {}) {
  return { ...process.env, PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH}`, ...extra }
}

/** The machine's own Node: the pinned one may be running this very script while its file is being replaced. */
function machineNode() {
  if (!process.execPath.startsWith(path.join(root, 'node_modules'))) return process.execPath
  const dirs = (process.env.PATH ?? '').split(':').filter((dir) => dir !== '' && !dir.includes('node_modules'))
  const found = dirs.map((dir) => path.join(dir, 'node')).find((file) => existsSync(file))
  if (!found) throw new Error('No Node outside of node_modules was found on the PATH; install Node 20 or newer.')
  return found
}

function npm(args) {
  // npm is a script of the machine's own Node: the pinned one is not there yet, or is being replaced.
  const file = process.env.npm_execpath ? machineNode() : 'npm'
  const prefix = process.env.npm_execpath ? [process.env.npm_execpath] : []
  execFileSync(file, [...prefix, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, npm_config_loglevel: 'error' },
  })
}

function nodeWorks() {
  try {
    return execFileSync(pinnedNode, ['--version'], { encoding: 'utf8' }).startsWith('v24.')
  } catch {
    return false
  }
}

export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20)
    throw new Error(
      `Holdfast needs Node 20 or newer to start; this is ${process.version}. Install a newer Node and run the command again.`,
    )
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  const installed = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
  if (installed !== wanted) {
    console.error('Installing packages …')
    npm(['ci', '--ignore-scripts', '--no-fund', '--no-audit'])
    rmSync(stampFile, { force: true })
  }
  if (!nodeWorks()) {
    console.error('Fetching Node 24 …')
    execFileSync(machineNode(), ['installArchSpecificPackage.js'], {
      cwd: path.join(root, 'node_modules/node'),
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    // npm links a package's command only when its file is there at install time.
    const link = path.join(root, 'node_modules/.bin/node')
    rmSync(link, { force: true })
    symlinkSync('../node/bin/node', link)
    if (!nodeWorks())
      throw new Error('The pinned Node 24 (npm package "node") could not be installed for this machine.')
  }
  execFileSync(
    pinnedNode,
    [path.join(root, 'scripts/prisma-generate.mjs'), ...(installed === wanted ? ['--if-stale'] : [])],
    { stdio: 'inherit' },
  )
  if (installed !== wanted) writeFileSync(stampFile, wanted)
}
