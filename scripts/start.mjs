// `npm start`: install, build when something changed, then hand over to the supervisor on the pinned Node.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'

const USAGE = `Usage: npm start [-- --detach]

Installs, builds what has changed, and starts web, controller and the agent of this machine.

  --detach  return when it is ready; it runs on in the background

Settings are environment variables, such as HOLDFAST_PORT: see README.md and docs/.`

// Before anything is done: who asks for help, or mistypes, must not find a product started.
const wishes = process.argv.slice(2).filter((argument) => argument !== '--detach')
if (wishes.length > 0) {
  const isHelp = wishes.every((argument) => ['--help', '-h', 'help'].includes(argument))
  if (isHelp) console.log(USAGE)
  else console.error(`holdfast: ${wishes[0]} is not known here.\n\n${USAGE}`)
  process.exit(isHelp ? 0 : 2)
}

try {
  ensureInstalled()
  ensureBuilt()
} catch (error) {
  console.error(`holdfast: ${error.message}`)
  process.exit(1)
}
// Not the place in /tmp that Node would take: whoever is there first could put code of theirs before us.
process.env.NODE_COMPILE_CACHE ??= path.join(root, 'dist/compile-cache')
const supervisor = path.join(root, 'dist/supervisor.mjs')
if (process.versions.node.startsWith('24.')) {
  process.argv.splice(1, 1, supervisor)
  await import(supervisor)
} else {
  const child = spawn(pinnedNode, [supervisor, ...process.argv.slice(2)], { stdio: 'inherit', env: toolEnv() })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
