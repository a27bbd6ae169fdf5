import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Started at boot before what uses storage, and stopped at shutdown after it. */
export const MOUNTS_SERVICE = 'holdfast-mounts.service'

const UNIT_DIRECTORY = '/run/systemd/system'
const DROP_IN = 'holdfast.conf'
const TEXT = `# Written by the Holdfast agent. At shutdown this is unmounted when what uses it has stopped, and uploads have had their time.
[Unit]
Before=${MOUNTS_SERVICE}
`
const QUIET_MS = 300

/** The name that systemd gives to the unit of a mountpoint: `systemd-escape --path --suffix=mount`, see systemd.unit(5). */
export function mountUnitName(path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, '').replace(/\/+/g, '/')
  if (inner === '') return '-.mount'
  let name = ''
  for (const [index, byte] of Buffer.from(inner).entries()) {
    const character = String.fromCharCode(byte)
    if (character === '/') name += '-'
    else if (/[A-Za-z0-9:_]/.test(character) || (character === '.' && index > 0)) name += character
    else name += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `${name}.mount`
}

export interface MountUnitsOptions {
  /** `systemctl daemon-reload`. */
  reload: () => Promise<unknown>
  onError: (error: unknown) => void
  directory?: string
}

/**
 * systemd makes a unit for each line of mountinfo and stops them all at once at shutdown, while their users still run. A drop-in
 * for each of our mountpoints puts that in order. Written some time after a change, since nobody waits for it.
 */
export class MountUnits {
  readonly #options: MountUnitsOptions
  readonly #directory: string
  #paths: readonly string[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: MountUnitsOptions) {
    this.#options = options
    this.#directory = options.directory ?? UNIT_DIRECTORY
  }

  /** These mountpoints and no others. */
  keep(paths: readonly string[]): void {
    this.#paths = [...paths]
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#writing = this.#writing.then(() => this.#write()).catch(this.#options.onError)
    }, QUIET_MS).unref()
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#writing
  }

  async #write(): Promise<void> {
    const wanted = new Set(this.#paths.map((path) => `${mountUnitName(path)}.d`))
    const present = readdirSync(this.#directory).filter((name) => {
      return name.endsWith('.mount.d') && existsSync(join(this.#directory, name, DROP_IN))
    })
    const missing = [...wanted].filter((name) => !present.includes(name))
    const unwanted = present.filter((name) => !wanted.has(name))
    for (const name of missing) {
      mkdirSync(join(this.#directory, name), { recursive: true })
      writeFileSync(join(this.#directory, name, DROP_IN), TEXT)
      // The agent's umask keeps everything to itself; systemd warns of a unit file that not everybody can read.
      chmodSync(join(this.#directory, name), 0o755)
      chmodSync(join(this.#directory, name, DROP_IN), 0o644)
    }
    for (const name of unwanted) {
      rmSync(join(this.#directory, name, DROP_IN))
      if (readdirSync(join(this.#directory, name)).length === 0) rmdirSync(join(this.#directory, name))
    }
    // systemd knows the units of what is mounted, and has forgotten those of what is not any more.
    if (missing.length > 0) await this.#options.reload()
  }
}
