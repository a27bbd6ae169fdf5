import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { escapedField } from '@/lib/attach-targets/lxc/parse-lxc'
import { CONTAINER_HOOK, hookSetting } from '@/lib/attach-targets/lxc/start-hook-path'

/** What the containers of all templates, and of Proxmox, include. */
const INCLUDED = '/usr/share/lxc/config/common.conf.d'
/** At a start of the agent its mounts come one by one: a hook that knew only some of them would let others through. */
const QUIET_MS = 300
const MARK = '# Written by the Holdfast agent'

export interface ContainerHookParts {
  /** What starts the agent, and its state. */
  program: readonly string[]
  stateDir: string
  onError(error: unknown): void
  /** The script, and where LXC is told of it. */
  path?: string
  included?: string
}

/** Keeps the hook that holds containers whose storage is away: there while this host has mounts, and gone without. */
export class ContainerHook {
  readonly #parts: ContainerHookParts
  #problem: string | null = null
  #places: readonly string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(parts: ContainerHookParts) {
    this.#parts = parts
  }

  /** Why starts by others and at boot are not held up; null: they are, or there is nothing to hold up for. */
  get problem(): string | null {
    return this.#problem
  }

  /** Where mounts are wanted. Nobody waits for it. */
  keep(places: readonly string[]): void {
    this.#places = places
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#write(this.#places)
    }, QUIET_MS).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #write(places: readonly string[]): void {
    const { path = CONTAINER_HOOK, included = INCLUDED, program, stateDir, onError } = this.#parts
    try {
      this.#problem = null
      if (places.length === 0) {
        removeContainerHook(path, included)
        return
      }
      // Without it there is no LXC, or one that was put there by hand.
      if (!existsSync(dirname(included))) return
      place(path, scriptOf({ places: places.toSorted(), program, stateDir }), 0o755)
      if (existsSync(included)) place(join(included, 'holdfast.conf'), settingOf(path), 0o644)
      else this.#problem = `There is no ${included}: only containers that were given a mount from here are held up.`
    } catch (error) {
      this.#problem = `The hook that holds up containers could not be written: ${String(error)}`
      onError(error)
    }
  }
}

/** First what names it. */
export function removeContainerHook(path = CONTAINER_HOOK, included = INCLUDED): void {
  rmSync(join(included, 'holdfast.conf'), { force: true })
  rmSync(path, { force: true })
}

function settingOf(path: string): string {
  return `${MARK}, which takes it away when it is needed no more. See ${path}.\n${hookSetting(path)}\n`
}

/**
 * A container in whose files no mountpoint of this host stands, and no device of a volume, starts without the agent's program being asked,
 * so nothing of Holdfast can keep it from starting. Files that are included by included ones are not looked at for that.
 */
function scriptOf({
  places,
  program,
  stateDir,
}: {
  places: readonly string[]
  program: readonly string[]
  stateDir: string
}): string {
  const gate = [...program, 'gate-container', '--state-dir', stateDir].map(quoted).join(' ')
  return `#!/bin/sh
${MARK}, which keeps it up to date and takes it away when it is needed no more.
# LXC runs it before a container starts, with LXC_NAME and LXC_CONFIG_FILE. One that has storage of Holdfast starts only while that is
# there. See docs/attachments.md.
[ "$(id -u)" = 0 ] && [ -n "$LXC_CONFIG_FILE" ] || exit 0
places=$(cat <<'HOLDFAST_PLACES'
/dev/holdfast-has-no-such-device
${[...new Set(places.flatMap((each) => [each, escapedField(each)]))].join('\n')}
HOLDFAST_PLACES
)
settings=$(
  cat -- "$LXC_CONFIG_FILE" "/etc/pve/lxc/$LXC_NAME.conf" 2>/dev/null
  sed -n 's/^[[:space:]]*lxc\\.\\(include\\|mount\\|mount\\.fstab\\)[[:space:]]*=[[:space:]]*//p' "$LXC_CONFIG_FILE" |
    while read -r file; do
      case $file in /usr/share/lxc/*) ;; *) grep -rhs -e '' -- "$file" ;; esac
    done
)
printf '%s\\n' "$settings" | tr -s / | grep -qF -e "$places" ||
  printf '%s\\n' "$settings" | grep -qE '/dev/[^ ]*vol_[0-9a-z]{26}' || exit 0
reason=$(timeout --signal=KILL 25 env -i LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin ${gate} -- "$LXC_NAME" "$LXC_CONFIG_FILE" 2>&1 >/dev/null) && exit 0
echo "\${reason:-Holdfast could not say whether its storage is there.}" >&2
exit 1
`
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** LXC may read it at any moment: beside it, then in its place. The agent's umask keeps everything to itself. */
function place(path: string, text: string, mode: number): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  const temporary = join(dirname(path), '.holdfast.new')
  rmSync(temporary, { force: true })
  writeFileSync(temporary, text, { mode: 0o600 })
  chmodSync(temporary, mode)
  renameSync(temporary, path)
}
