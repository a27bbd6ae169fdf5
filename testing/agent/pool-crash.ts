import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import type { PoolAsked } from '@/testing/agent/pool-host'
import type { PoolAnswer } from '@/testing/agent/pool-process'

const POOLS = ['data', 'other'] as const

/** One agent that is killed again and again, with a pool in `base/data` and room for another one in `base/other`. */
export class CrashRig {
  readonly base: string
  /** What else is in the environment of the agent. */
  readonly env: Record<string, string> = {}
  readonly #program: string
  readonly #engine: string

  constructor(program: string, engine: string) {
    this.#program = program
    this.#engine = engine
    this.base = makeBase('pool-crash', [...POOLS, 'mnt'])
  }

  /** Runs the agent once; null when it was killed. */
  agent(asked: readonly PoolAsked[], failpoint = ''): PoolAnswer | null {
    const env = { ...process.env, ...this.env, HOLDFAST_TEST: '1', HOLDFAST_FAILPOINT: failpoint }
    const args = this.#arguments(asked)
    const ended = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 90_000 })
    if (ended.signal === 'SIGKILL') return null
    expect(ended.stderr).toBe('')
    return JSON.parse(ended.stdout)
  }

  /** Has the agent begin, and kills it as soon as this is so. */
  async killedWhen(asked: readonly PoolAsked[], isSo: () => boolean): Promise<void> {
    const agent = spawn(process.execPath, this.#arguments(asked), {
      env: { ...process.env, ...this.env },
      stdio: 'ignore',
    })
    const gone = new Promise((resolve) => agent.once('exit', resolve))
    while (!isSo() && agent.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(agent.exitCode).toBeNull()
    agent.kill('SIGKILL')
    await gone
  }

  #arguments(asked: readonly PoolAsked[]): string[] {
    return [this.#program, this.base, this.#engine, JSON.stringify(asked)]
  }

  /** Remembers the storage and what the agent knows; `back` goes there again. What is mounted stays. */
  keep(): void {
    for (const name of [...POOLS, 'state']) this.#copy(name, `${name}.kept`)
  }

  back(): void {
    for (const name of [...POOLS, 'state']) this.#copy(`${name}.kept`, name)
  }

  /** Every file in the pools, with its size. Names that have an operation in them are alike. */
  files(): Record<string, number> {
    const names = POOLS.flatMap((pool) =>
      readdirSync(join(this.base, pool), { recursive: true, encoding: 'utf8' }).map((name) => join(pool, name)),
    )
    const sizes = names.sort().map((name) => [name, statSync(join(this.base, name))] as const)
    return Object.fromEntries(
      sizes.map(([name, stat]) => [name.replace(/layer_[0-9a-z_]+/, 'layer_*'), stat.isFile() ? stat.size : 0]),
    )
  }

  remove(): void {
    removeBase(this.base)
  }

  /** The directory itself stays: it is what is mounted. */
  #copy(from: string, to: string): void {
    const target = join(this.base, to)
    mkdirSync(target, { recursive: true })
    for (const name of readdirSync(target)) rmSync(join(target, name), { recursive: true })
    cpSync(join(this.base, from), target, { recursive: true, preserveTimestamps: true })
  }
}

/** Where an agent can be killed while a job does these steps. Before a step nothing else has happened than after the one before it. */
export function failpointsOf(steps: readonly string[]): string[] {
  const points = steps.flatMap((name) =>
    name.endsWith('.started')
      ? ['announced', 'started', 'ended'].map((when) => `program.${name.slice(0, -'.started'.length)}.${when}`)
      : ['worked', 'noted'].map((when) => `step.${name}.${when}`),
  )
  return ['intent.after-commit', ...new Set(points), 'result.before', 'result.after']
}
