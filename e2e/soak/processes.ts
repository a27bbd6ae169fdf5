import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { rssMiB } from '@/e2e/bench/figures'
import type { Product } from '@/e2e/support/product'
import { NODE_FLAGS } from '@/lib/supervisor/node-flags.mjs'

export const PARTS = ['web', 'controller', 'agent'] as const
export type Part = (typeof PARTS)[number]

const CLOCK = path.resolve('testing/fast-clock.mjs')
const LEFT_MS = 10_000

/** The three processes of an installation, whose time runs fast. The supervisor would hand on no such thing to them. */
export class FastProcesses {
  readonly #children = new Map<Part, ChildProcess>()
  readonly #speed: number
  readonly #fromMs = Date.now()

  private constructor(speed: number) {
    this.#speed = speed
  }

  /** Of a product that was started once, has its agent enrolled, and is stopped. */
  static async start(product: Product, speed: number): Promise<FastProcesses> {
    const started = new FastProcesses(speed)
    const agentDir = path.join(product.stateDir, 'agent')
    const listen = `127.0.0.1:${product.port + 2}`
    await started.#spawn(product, 'controller', [...NODE_FLAGS.controller, '--import', CLOCK, 'dist/controller.mjs'])
    await started.#spawn(product, 'web', [...NODE_FLAGS.web, '--import', CLOCK, 'dist/web.mjs'])
    const run = ['run', '--state-dir', agentDir, '--listen', listen]
    await started.#spawn(product, 'agent', ['--import', CLOCK, 'dist/agent/holdfast-agent.mjs', ...run])
    return started
  }

  async #spawn(product: Product, part: Part, args: string[]): Promise<void> {
    const log = openSync(path.join(product.stateDir, 'log', `soak-${part}.log`), 'a')
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...product.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        MALLOC_ARENA_MAX: '2',
        HOLDFAST_SOAK_SPEED: String(this.#speed),
        HOLDFAST_SOAK_FROM: String(this.#fromMs),
      } as NodeJS.ProcessEnv,
    })
    this.#children.set(part, child)
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the ${part} process ended with ${code}; see ${product.stateDir}/log/soak-${part}.log`)
    })
    await Promise.race([once(child, 'message'), ended])
    ended.catch(() => undefined)
  }

  /** Hours of their own time since the start. */
  get hours(): number {
    return ((Date.now() - this.#fromMs) * this.#speed) / 3_600_000
  }

  /** MiB and open files of each; throws when one of them has ended. */
  figures(): Record<Part, { rss: number; files: number }> {
    const of = (part: Part) => {
      const child = this.#children.get(part)
      if (child?.pid === undefined || child.exitCode !== null) throw new Error(`the ${part} process has ended`)
      return { rss: rssMiB(child.pid), files: readdirSync(`/proc/${child.pid}/fd`).length }
    }
    return { web: of('web'), controller: of('controller'), agent: of('agent') }
  }

  async stop(): Promise<void> {
    for (const part of ['agent', 'web', 'controller'] as const) {
      const child = this.#children.get(part)
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), LEFT_MS)
      await gone
      clearTimeout(timer)
    }
  }
}
