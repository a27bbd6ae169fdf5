import type { CommandResult } from '@/lib/drivers/contract/driver-host'

/** An answer as `rbd` and `ceph` of 16.2 gave it to the lab; `said` goes to stderr. */
export class Ended extends Error {
  readonly result: CommandResult
  constructor(exitCode: number, said: string, stdout = '') {
    super(said)
    this.result = { exitCode, stdout, stderr: `${said}\n` }
  }
}

const ERRNO = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  16: 'Device or resource busy',
  17: 'File exists',
  22: 'Invalid argument',
} as const

export function errno(code: keyof typeof ERRNO, said: string): Ended {
  return new Ended(code, `${said}: (${code}) ${ERRNO[code]}`)
}

/** What options and words a command was called with. */
export class Call {
  readonly words: string[] = []
  readonly #options = new Map<string, string>()
  static readonly #flags = new Set(['--long', '--all', '--no-progress', '--force', '--allow-shrink'])

  constructor(args: readonly string[]) {
    for (let index = 0; index < args.length; index++) {
      const arg = args[index] ?? ''
      const [name = '', value] = arg.startsWith('--') ? arg.split(/=(.*)/s) : []
      if (name === '') this.words.push(arg)
      else if (value !== undefined) this.#options.set(name, value)
      else if (Call.#flags.has(name)) this.#options.set(name, '')
      else this.#options.set(name, args[++index] ?? '')
    }
  }

  has(flag: string): boolean {
    return this.#options.has(flag)
  }

  get(option: string): string | undefined {
    return this.#options.get(option)
  }

  /** Throws for what the test forgot. */
  need(option: string): string {
    const value = this.get(option)
    if (value === undefined) throw new Error(`rbd was called without ${option}: ${this.words.join(' ')}`)
    return value
  }
}

export function bytesOf(size: string): number {
  const [, number, unit] = /^(\d+)(B|M|G)$/.exec(size) ?? []
  if (number === undefined) throw new Error(`rbd does not know the size ${size}`)
  return Number(number) * { B: 1, M: 2 ** 20, G: 2 ** 30 }[unit as 'B' | 'M' | 'G']
}
