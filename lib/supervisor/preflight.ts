import { constants } from 'node:fs'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { z } from 'zod'
import type { Env } from '@/lib/env'
import { diskProblem, HoldfastError } from '@/lib/errors'

/** What `run/supervisor.json` says about a running Holdfast. */
const RunningInstance = z.object({
  pid: z.int(),
  /** Kernel start time of that pid, so that a reused pid is not taken for ours. */
  startTime: z.string(),
  url: z.string(),
  /** Lines for `doctor`: the rights of web and controller, and what keeps the agent of this machine from running. */
  notes: z.array(z.string()).default([]),
})
export type RunningInstance = z.infer<typeof RunningInstance>

function recordPath(stateDir: string): string {
  return path.join(stateDir, 'run', 'supervisor.json')
}

/** Field 22 of /proc/<pid>/stat; `null` when there is no such process. */
async function processStartTime(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

/** The instance that runs with this state directory, or `null`. */
export async function runningInstance(stateDir: string): Promise<RunningInstance | null> {
  let record: RunningInstance
  try {
    record = RunningInstance.parse(JSON.parse(await readFile(recordPath(stateDir), 'utf8')))
  } catch {
    return null
  }
  return (await processStartTime(record.pid)) === record.startTime ? record : null
}

export async function recordInstance(env: Env, notes: string[]): Promise<void> {
  const startTime = (await processStartTime(process.pid)) ?? ''
  const record: RunningInstance = { pid: process.pid, startTime, url: env.publicUrl, notes }
  await writeFile(recordPath(env.stateDir), JSON.stringify(record), { mode: 0o600 })
}

export async function forgetInstance(env: Env): Promise<void> {
  await rm(recordPath(env.stateDir), { force: true })
}

export async function prepareStateDir(env: Env): Promise<void> {
  try {
    for (const name of ['', 'run', 'log', 'web', 'agent']) {
      await mkdir(path.join(env.stateDir, name), { recursive: true, mode: 0o700 })
    }
    await access(env.stateDir, constants.W_OK)
  } catch (error) {
    const full = diskProblem(error, env.stateDir)
    if (full?.code === 'disk_full') throw full
    throw new HoldfastError(
      'unavailable',
      `The state directory ${env.stateDir} cannot be written (${(error as NodeJS.ErrnoException).code}); change its permissions or set HOLDFAST_STATE_DIR to another one.`,
      { cause: error },
    )
  }
}

/** Throws one sentence that names the variable to change when the port is taken or not allowed. */
export async function requirePort(variable: string, host: string, port: number): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
  if (code === undefined) return
  const reason: Record<string, string> = {
    EADDRINUSE: 'is in use by another program',
    EACCES: 'may not be used without more rights',
    EADDRNOTAVAIL: 'cannot be used: this machine has no such address',
  }
  throw new HoldfastError(
    'unavailable',
    `${host}:${port} ${reason[code] ?? `cannot be used (${code})`}; set ${variable} to another value.`,
  )
}
