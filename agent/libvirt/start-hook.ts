import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HOOK_MARK, hookText } from '@/agent/libvirt/start-hook-text'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { isAtLeast } from '@/lib/libvirt/versions'

/** Since then libvirt runs all programs in a directory, so that several have room. */
const DIRECTORY_SINCE = '6.5.0'
const HOOKS = '/etc/libvirt/hooks'
const QUIET_MS = 300
/** A libvirt that did not answer is asked again. */
const AGAIN_MS = 60_000

export interface StartHookParts {
  /** What starts the agent. */
  program: readonly string[]
  stateDir: string
  /** Of the running daemon; null: there is none, or it does not answer. */
  version(): Promise<string | null>
  /** Tells libvirt to look at its hooks again: it only knows those that were there when it started. */
  reload(): Promise<unknown>
  onError(error: unknown): void
  directory?: string
}

/**
 * Keeps the hook of libvirt that holds machines whose storage is away: there while this host has mounts, and gone without. A hook of
 * somebody else is left alone.
 */
export class StartHook {
  readonly #parts: StartHookParts
  readonly #directory: string
  #places: readonly string[] = []
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()
  #problem: string | null = null
  #isClosed = false

  constructor(parts: StartHookParts) {
    this.#parts = parts
    this.#directory = parts.directory ?? HOOKS
  }

  /** Why starts by others and at boot are not held up; null: they are, or there is nothing to hold up for. */
  get problem(): string | null {
    return this.#problem
  }

  /** Where mounts are wanted. Nobody waits for it. */
  keep(places: readonly string[]): void {
    this.#places = places.toSorted()
    this.#soon(QUIET_MS)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#working
  }

  #soon(ms: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#working = this.#working.then(() => this.#write()).catch((error) => this.#parts.onError(error))
    }, ms).unref()
  }

  async #write(): Promise<void> {
    if (this.#places.length === 0) {
      removeHooks(this.#directory)
      this.#problem = null
      return
    }
    // Not made here: where it is missing there is no libvirt.
    if (!existsSync(dirname(this.#directory))) return
    const version = await this.#parts.version()
    if (version === null) {
      this.#soon(AGAIN_MS)
      return
    }
    const path = join(this.#directory, isAtLeast(version, DIRECTORY_SINCE) ? 'qemu.d/holdfast' : 'qemu')
    const before = readHook(path)
    if (before !== null && !before.includes(HOOK_MARK)) {
      this.#problem = `${path} is a hook of somebody else, and libvirt ${version} has room for one: it has to ask "holdfast-agent gate" itself.`
      return
    }
    const { program, stateDir } = this.#parts
    const text = hookText({ places: this.#places, program, stateDir, path })
    if (text !== before) placeHook(path, text)
    this.#problem = null
    if (before === null) await this.#parts.reload()
  }
}

/** Those of ours. */
export function removeHooks(directory = HOOKS): void {
  for (const name of ['qemu.d/holdfast', 'qemu']) {
    const path = join(directory, name)
    if (readHook(path)?.includes(HOOK_MARK)) rmSync(path)
  }
}

/** As its services do at SIGHUP: machines that run hear nothing of it. One that does not run looks when it starts. */
export async function reloadLibvirt(run: DriverHost['run']): Promise<void> {
  for (const unit of ['libvirtd.service', 'virtqemud.service']) {
    const { stdout } = await run('systemctl', ['is-active', unit], { okExitCodes: [0, 3, 4] })
    if (stdout.trim() === 'active') await run('systemctl', ['reload', unit])
  }
}

function readHook(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

/** libvirt may run it at any moment: beside it, then in its place. The agent's umask keeps everything to itself. */
function placeHook(path: string, text: string): void {
  const directory = dirname(path)
  const isNew = !existsSync(directory)
  mkdirSync(directory, { recursive: true })
  if (isNew) chmodSync(directory, 0o755)
  // libvirt runs whatever may be run in there.
  const temporary = join(dirname(directory), '.holdfast.new')
  rmSync(temporary, { force: true })
  writeFileSync(temporary, text, { mode: 0o600 })
  chmodSync(temporary, 0o755)
  renameSync(temporary, path)
}
