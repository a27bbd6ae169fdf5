import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { oidcClientSecret } from '@/lib/auth/oidc-settings'
import { type Env, readEnv } from '@/lib/env'
import { toHoldfastError } from '@/lib/errors'
import { writeStderr } from '@/lib/log'
import { LogFile } from '@/lib/supervisor/log-file'
import { prepareStateDir, type RunningInstance, requirePort, runningInstance } from '@/lib/supervisor/preflight'
import { Supervisor } from '@/lib/supervisor/supervisor'

/** `npm start`: everything on one machine under one roof. `--detach` returns when the product is ready. */
enableCompileCache()

function say(line: string): void {
  writeStderr(`${line}\n`)
}

function logDirectory(env: Env): string {
  return path.join(env.stateDir, 'log')
}

async function refuseSecond(env: Env): Promise<void> {
  const running: RunningInstance | null = await runningInstance(env.stateDir)
  if (!running) return
  say(
    `holdfast: already running at ${running.url} (pid ${running.pid}) with ${env.stateDir}; "npm run -s holdfast -- stop" ends it.`,
  )
  process.exit(1)
}

async function preflight(env: Env): Promise<void> {
  if (env.oidc) oidcClientSecret(env.oidc)
  await prepareStateDir(env)
  await refuseSecond(env)
  await requirePort('HOLDFAST_PORT', env.host, env.port)
  await requirePort('HOLDFAST_FLEET_PORT', env.fleetHost, env.fleetPort)
  await requirePort('HOLDFAST_AGENT_PORT', '127.0.0.1', env.localAgentPort)
}

/** For what the detached process says before it writes its own log, and should Node itself fail. A full disk must not stop a start. */
function openSupervisorLog(env: Env): number | 'ignore' {
  try {
    return openSync(path.join(logDirectory(env), 'supervisor.log'), 'a', 0o600)
  } catch {
    return 'ignore'
  }
}

/** Starts this program again without a terminal, and passes on what it says until it is ready or has failed. */
function detach(env: Env): void {
  const log = openSupervisorLog(env)
  const script = process.argv[1] ?? ''
  const child = spawn(process.execPath, [script, '--detached'], {
    detached: true,
    env: process.env,
    stdio: ['ignore', log, log, 'ipc'],
  })
  child.on('message', (message: { lines?: string[]; type?: string }) => {
    for (const line of message.lines ?? []) say(line)
    if (message.type === 'ready') process.exit(0)
    if (message.type === 'failed') process.exit(1)
  })
  child.on('exit', () => {
    say(`holdfast: could not start; see ${path.join(logDirectory(env), 'supervisor.log')}`)
    process.exit(1)
  })
}

async function main(): Promise<void> {
  const detached = process.argv.includes('--detached')
  // Nobody but the detached process itself can keep its log from growing without end.
  let log: LogFile | undefined
  const write = (text: string) => (log ? log.write(text) : writeStderr(text))
  const tell = (lines: string[], type?: 'ready' | 'failed') => {
    for (const line of lines) write(`${line}\n`)
    // The parent of a detached start leaves as soon as it knows the outcome.
    if (detached && process.connected) process.send?.({ lines, type })
  }
  const end = async (code: number) => {
    await log?.close()
    process.exit(code)
  }
  try {
    const env = readEnv()
    await preflight(env)
    if (process.argv.includes('--detach')) return detach(env)
    if (detached) log = new LogFile(logDirectory(env), 'supervisor')
    const supervisor = new Supervisor(env, (line) => tell([line]), write)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => void supervisor.stop().then(() => end(0)))
    }
    const lines = await supervisor.start()
    tell(lines, 'ready')
    if (detached && process.connected) process.disconnect()
  } catch (error) {
    const known = toHoldfastError(error)
    tell([`holdfast: ${known.code === 'internal' && error instanceof Error ? error.message : known.message}`], 'failed')
    await end(1)
  }
}

await main()
