import { programText } from '@/lib/program-text'
import { type DetachedChild, spawnDetached } from './child'

/** One that nobody needs is kept so long: pools are looked at every half minute. */
const KEEP_MS = 60_000
/** As many are kept. */
const KEPT = 2
const LINE_CAP = 1024 * 1024
const ERROR_TEXT_CAP = 64 * 1024

/** What came of a text: the answer as it was printed, or how the child ended over it. */
export type Valued =
  | { kind: 'line'; line: string }
  | { kind: 'too much' }
  | { kind: 'ended'; exitCode: number | null; signal: string | null; stderr: string }
  | { kind: 'not started' }

/**
 * Runs in a process of its own: evaluates each line of its input, a text in JSON, and prints what it gives, or what it threw. It ends
 * with its input, so with the agent. It may use nothing from outside.
 */
export function evaluateLines(): void {
  const { runInThisContext } = process.getBuiltinModule('node:vm')
  const answerTo = (line: string): unknown => {
    try {
      return { ok: runInThisContext(JSON.parse(line)) ?? null }
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException
      return { errno: code ?? 'unknown', what: syscall ?? String(error) }
    }
  }
  let rest = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) process.stdout.write(`${JSON.stringify(answerTo(line))}\n`)
  })
}

/** One child that evaluates one text after the other. */
export class NodeChild {
  readonly process: DetachedChild
  #rest = ''
  #stderr = ''
  #answer: (value: Valued) => void = () => undefined
  #end: Valued | null = null

  constructor(process: DetachedChild) {
    this.process = process
    // Once, and not with each text: one that is used for weeks would remember them all.
    void process.ended.then((end) => {
      this.#end = 'spawnError' in end ? { kind: 'not started' } : { kind: 'ended', ...end, stderr: this.#stderr }
      this.#answer(this.#end)
    })
    for (const stream of [process.stdout, process.stderr]) stream?.setEncoding('utf8')
    process.stdout?.on('data', (chunk: string) => this.#take(chunk))
    process.stderr?.on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-ERROR_TEXT_CAP)
    })
  }

  /** One at a time. Never rejects; while a server is dead it may never resolve either. */
  evaluate(text: string): Promise<Valued> {
    if (this.#end !== null) return Promise.resolve(this.#end)
    const { promise, resolve } = Promise.withResolvers<Valued>()
    this.#answer = resolve
    this.process.stdin?.write(`${JSON.stringify(text)}\n`)
    return promise
  }

  #take(chunk: string): void {
    this.#rest += chunk
    const end = this.#rest.indexOf('\n')
    if (end >= 0) {
      const line = this.#rest.slice(0, end)
      this.#rest = this.#rest.slice(end + 1)
      this.#answer({ kind: 'line', line })
    } else if (this.#rest.length > LINE_CAP) this.#answer({ kind: 'too much' })
  }
}

interface Kept {
  child: NodeChild
  timer: NodeJS.Timeout
}

/**
 * Children that look at storages and change them, where the agent itself never touches a managed path. To start one takes longer than
 * what most of them are asked, so those that have answered are used again. None holds anything open between two texts.
 */
export class NodeChildren {
  readonly #env: Readonly<Record<string, string>>
  readonly #idle: Kept[] = []
  #isClosed = false

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env
  }

  /** One that has nothing to do. It is the caller's until it is given back, or killed. */
  take(path: string): NodeChild {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      clearTimeout(kept.timer)
      kept.child.process.hold(true)
      if (kept.child.process.isThere()) return kept.child
    }
    const args = ['-e', programText(evaluateLines, [])]
    return new NodeChild(spawnDetached(path, args, { env: { ...this.#env }, inherit: [], stdin: 'pipe' }))
  }

  giveBack(child: NodeChild): void {
    if (this.#isClosed || this.#idle.length >= KEPT) {
      child.process.killGroup()
      child.process.closePipes()
      return
    }
    child.process.hold(false)
    const kept = { child, timer: setTimeout(() => this.#drop(kept), KEEP_MS).unref() }
    this.#idle.push(kept)
  }

  /** Ends those that have nothing to do; others end when they are given back. */
  close(): void {
    this.#isClosed = true
    for (const kept of [...this.#idle]) this.#drop(kept)
  }

  #drop(kept: Kept): void {
    clearTimeout(kept.timer)
    this.#idle.splice(this.#idle.indexOf(kept), 1)
    kept.child.process.killGroup()
    kept.child.process.closePipes()
  }
}
