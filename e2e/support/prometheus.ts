import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePorts, until } from '@/e2e/support/product'
import { programPath } from '@/scripts/system-packages.mjs'

export interface Scrape {
  /** Host and port of what is scraped, at /metrics. */
  target: string
  token: string
  rules: string
}

interface Answer<T> {
  status: 'success' | 'error'
  data: T
  error?: string
}

interface Rules {
  groups: { rules: { name: string; health: string; lastError?: string }[] }[]
}

/** What `promtool check metrics` says of a scrape; empty when it finds nothing. */
export function lint(text: string): string {
  const { status, stdout, stderr, error } = spawnSync(programPath('promtool') ?? 'promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  if (error) throw error
  return status === 0 ? `${stdout}${stderr}` : `${status}: ${stdout}${stderr}`
}

export function prometheusPath(): string {
  return programPath('prometheus') ?? 'prometheus'
}

/** A Prometheus of our own, which keeps its files in `directory`. */
export class Prometheus {
  readonly #child: ChildProcess
  readonly #url: string
  #said = ''

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.#url = url
    child.stderr?.on('data', (chunk) => (this.#said += chunk))
  }

  /** It scrapes every second. */
  static async start(directory: string, { target, token, rules }: Scrape): Promise<Prometheus> {
    const tokenFile = path.join(directory, 'token')
    await writeFile(tokenFile, token, { mode: 0o600 })
    return Prometheus.run(directory, {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [path.resolve(rules)],
      scrape_configs: [
        {
          job_name: 'holdfast',
          params: { with: ['speed'] },
          authorization: { credentials_file: tokenFile },
          static_configs: [{ targets: [target] }],
        },
      ],
    })
  }

  /** With these settings, as its file has them. `program`: where it lies, for who is not run from the top of the checkout. */
  static async run(directory: string, settings: object, program = prometheusPath()): Promise<Prometheus> {
    const config = path.join(directory, 'prometheus.yml')
    // JSON is YAML.
    await writeFile(config, JSON.stringify(settings))
    const address = `127.0.0.1:${await freePorts()}`
    const child = spawn(
      program,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(directory, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const started = new Prometheus(child, `http://${address}`)
    await until('Prometheus is ready', () => started.#isReady())
    return started
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`Prometheus was not started: ${this.#said}`)
    return pid
  }

  async #isReady(): Promise<true | undefined> {
    if (this.#child.exitCode !== null) throw new Error(`Prometheus has ended: ${this.#said}`)
    const answer = await fetch(`${this.#url}/-/ready`).catch(() => undefined)
    return answer?.ok ? true : undefined
  }

  /** Why the newest scrape failed; empty when it did not; undefined while there was none. */
  async scrapeError(): Promise<string | undefined> {
    const { activeTargets } = await this.#ask<{ activeTargets: { health: string; lastError: string }[] }>('targets')
    const [target] = activeTargets
    return target === undefined || target.health === 'unknown' ? undefined : target.lastError
  }

  /** The value of each series of the answer. Throws with the words of Prometheus for what it cannot evaluate. */
  async query(expression: string): Promise<number[]> {
    const { result } = await this.#ask<{ result: { value: [number, string] }[] }>('query', { query: expression })
    return result.map(({ value }) => Number(value[1]))
  }

  /** Names of all metrics that it has. */
  names(): Promise<string[]> {
    return this.#ask('label/__name__/values')
  }

  /** Every rule with its health: `ok` once it was evaluated without an error. */
  async rules(): Promise<Rules['groups'][number]['rules']> {
    return (await this.#ask<Rules>('rules')).groups.flatMap((group) => group.rules)
  }

  async #ask<T>(resource: string, query: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${resource}?${new URLSearchParams(query)}`)
    const answer = (await response.json()) as Answer<T>
    if (answer.status === 'error') throw new Error(`${JSON.stringify(query)}: ${answer.error}`)
    return answer.data
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}
