import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { systemActor } from '@/lib/auth/actor'
import { forgetLostSecrets } from '@/lib/backends/lost-secrets'
import { splitValues } from '@/lib/comma-list'
import { sealingKeyIds } from '@/lib/controller/keys/sealing-keys'
import { closeDatabase, initDatabase } from '@/lib/db/client'
import type { Env } from '@/lib/env'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { EnrollHost } from '@/lib/hosts/schema'
import { enrollHost } from '@/lib/hosts/service'
import { pauseFor } from '@/lib/pause'
import { restoredCheck } from '@/lib/restores/service'
import { agentArguments, agentStateDir } from '@/lib/supervisor/local-agent'
import { runningInstance } from '@/lib/supervisor/preflight'
import { systemdUnit } from '@/lib/supervisor/systemd-unit'
import { CreateToken, CreateUser } from '@/lib/users/schema'
import { createUser } from '@/lib/users/service'
import { createToken } from '@/lib/users/tokens'

interface Command {
  words: string[]
  /** Resolves to the exit code. */
  run(env: Env, args: string[]): Promise<number>
}

export const USAGE = `Usage: npm run -s holdfast -- <verb>

  status                                            what runs, and where
  stop                                              end a detached Holdfast
  admin create --username U --password-stdin        add an administrator
  token create --role admin --name N [--days D] [--scopes P,…]
                                                    print a new API token, alone; scopes: with these permissions only
  host join-token [--name N]                        print the command that adds a host
  secrets forget                                    delete stored secrets whose key is lost
  doctor                                            with what rights Holdfast runs, and what this machine lacks
  systemd-unit                                      print a unit that runs this checkout as a service
`

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Who changed it, as the audit shows it. */
const ACTOR = systemActor('command line')

/** Parsed input, or one sentence that names the flag. */
function parsed<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new HoldfastError(
    'invalid_input',
    `--${String(issue?.path[0] ?? 'input').replaceAll('_', '-')}: ${issue?.message}`,
  )
}

async function withDatabase<T>(env: Env, work: () => Promise<T>): Promise<T> {
  if (env.databaseUrl.startsWith('file:') && !existsSync(env.databaseUrl.slice('file:'.length))) {
    throw new HoldfastError('unavailable', 'There is no database yet; start Holdfast once with "npm start".')
  }
  await initDatabase(env)
  try {
    return await work()
  } finally {
    await closeDatabase()
  }
}

async function status(env: Env): Promise<number> {
  const running = await runningInstance(env.stateDir)
  if (!running) {
    say(`Holdfast is not running (state directory ${env.stateDir}).`)
    return 3
  }
  const ready = await fetch(`${running.url}/api/health/ready`).then(
    (response) => response.status === 200,
    () => false,
  )
  say(
    `Holdfast runs at ${running.url} (pid ${running.pid}, ${ready ? 'ready' : 'not ready'}, state directory ${env.stateDir}).`,
  )
  return ready ? 0 : 4
}

async function stop(env: Env): Promise<number> {
  const running = await runningInstance(env.stateDir)
  if (!running) {
    say('Holdfast is not running.')
    return 0
  }
  process.kill(running.pid, 'SIGTERM')
  const end = performance.now() + 30_000
  while (await runningInstance(env.stateDir)) {
    if (performance.now() > end)
      throw new HoldfastError('timed_out', `Holdfast (pid ${running.pid}) did not stop within 30 s.`)
    await pauseFor(50)
  }
  say('Holdfast has stopped. Mounts stay as they are.')
  return 0
}

async function createAdmin(env: Env, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { username: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  })
  if (!values.username) throw new HoldfastError('invalid_input', 'Give the name with --username.')
  if (!values['password-stdin']) {
    throw new HoldfastError(
      'invalid_input',
      'Give the password on standard input with --password-stdin; arguments can be seen by others.',
    )
  }
  const password = (await text(process.stdin)).replace(/\r?\n$/, '')
  const user = parsed(CreateUser, { username: values.username, password, role: 'admin' })
  await withDatabase(env, () => createUser(ACTOR, user))
  say(`Administrator ${user.username} created.`)
  return 0
}

async function newToken(env: Env, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      role: { type: 'string' },
      name: { type: 'string' },
      days: { type: 'string' },
      scopes: { type: 'string' },
    },
  })
  const wanted = parsed(CreateToken, {
    role: values.role,
    name: values.name ?? '',
    ...(values.days === undefined ? {} : { expires_in_days: Number(values.days) }),
    ...(values.scopes === undefined ? {} : { scopes: splitValues(values.scopes) }),
  })
  say((await withDatabase(env, () => createToken(ACTOR, wanted))).token)
  return 0
}

async function joinToken(env: Env, args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { name: { type: 'string' } } })
  const wanted = parsed(EnrollHost, values.name === undefined ? {} : { name: values.name })
  const made = await withDatabase(env, () => enrollHost(ACTOR, wanted))
  say(made.install_command ?? made.command)
  return 0
}

/** For who has lost the key of the secrets for good: without this the controller would refuse to start for ever. */
async function forgetSecrets(env: Env): Promise<number> {
  const known = sealingKeyIds(env.controllerDir)
  const forgotten = await withDatabase(env, () => forgetLostSecrets(ACTOR, known))
  say(
    forgotten === 0
      ? 'Every stored secret can be opened; nothing was deleted.'
      : `${forgotten} secrets that nobody can open any more were deleted. Start Holdfast, and enter them again.`,
  )
  return 0
}

async function doctor(env: Env): Promise<number> {
  if (!env.databaseUrl.startsWith('file:') || existsSync(env.databaseUrl.slice('file:'.length))) {
    // What is wrong with the database must not hide what is wrong with the machine.
    const hosts = await withDatabase(env, restoredCheck).catch((error: unknown) => toHoldfastError(error).message)
    if (hosts !== 'ok') say(hosts)
  }
  const running = await runningInstance(env.stateDir)
  for (const note of running?.notes ?? []) say(note)
  const bundle = 'dist/agent/holdfast-agent.mjs'
  if (!existsSync(bundle)) throw new HoldfastError('unavailable', 'The agent is not built yet; run "npm run build".')
  const args = agentArguments(bundle, ['doctor', '--state-dir', agentStateDir(env)])
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
}

async function printUnit(): Promise<number> {
  say(systemdUnit({ root: process.cwd(), node: process.execPath }).trimEnd())
  return 0
}

export const COMMANDS: Command[] = [
  { words: ['status'], run: status },
  { words: ['stop'], run: stop },
  { words: ['admin', 'create'], run: createAdmin },
  { words: ['token', 'create'], run: newToken },
  { words: ['host', 'join-token'], run: joinToken },
  { words: ['secrets', 'forget'], run: forgetSecrets },
  { words: ['doctor'], run: doctor },
  { words: ['systemd-unit'], run: printUnit },
]
