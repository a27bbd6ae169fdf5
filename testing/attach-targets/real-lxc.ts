import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Runner } from '@/agent/host/exec/run'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import { programPath } from '@/scripts/system-packages.mjs'

/** Containers of the real LXC, in a directory of their own, with nothing in them but BusyBox. */
export interface RealLxc {
  /** That of its containers. */
  directory: string
  host: ChangingTargetHost
  /** Lines of its configuration beside what it takes to start. */
  define(name: string, lines?: readonly string[]): void
  configOf(name: string): string
  bytesOf(name: string): Buffer
  /** What a command in it prints, as its root. */
  inside(name: string, ...command: readonly string[]): string
  pidOf(name: string): number
  freeze(name: string): void
  close(): void
}

/** The first process ends on the signal of a shutdown, and does not know that of a reboot. */
const INIT = `#!/bin/sh
trap exit PWR
while :; do /bin/busybox sleep 0.1; done
`

/** Those that root may give to the user namespace of a container; what `newuidmap` wants to be told. */
export const IDS = ['u 0 100000 65536', 'g 0 100000 65536']
const SUBORDINATE = 'root:100000:65536\n'

/** `lxc-start` on a machine whose root may use these ids, whatever is set up there. */
function startProgram(directory: string): string {
  const [ids, program] = [path.join(directory, '.ids'), path.join(directory, '.lxc-start')]
  writeFileSync(ids, SUBORDINATE)
  const place = '[ ! -e "$file" ] || mount --bind "$ids" "$file"'
  const inside = `ids=$1; shift; for file in /etc/subuid /etc/subgid; do ${place}; done; exec /usr/bin/lxc-start "$@"`
  writeFileSync(program, `#!/bin/sh\nexec unshare --mount sh -c '${inside}' sh '${ids}' "$@"\n`, { mode: 0o755 })
  return program
}

export function openRealLxc(): RealLxc {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-lxc-'))
  // The root of an unprivileged container goes through it.
  chmodSync(directory, 0o711)
  const runner = new Runner({ paths: { 'lxc-start': startProgram(directory) } })
  const where = `--lxcpath=${directory}`
  const tool = (command: string, ...args: readonly string[]) => execFileSync(command, args, { encoding: 'utf8' })
  return {
    directory,
    host: {
      has: (command) => command.startsWith('lxc-'),
      ask: async () => null,
      tell: () => Promise.reject(new Error('LXC is told by its tools')),
      async run(command, args, options) {
        if (command === 'lxc-config') return { exitCode: 0, stdout: `${directory}\n`, stderr: '' }
        const isOfContainers = command.startsWith('lxc-') && !args.includes('--version')
        return runner.run(command, isOfContainers ? [where, ...args] : args, options)
      },
    },
    define(name, lines = []) {
      const root = path.join(directory, name, 'rootfs')
      for (const each of ['bin', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(path.join(root, each), { recursive: true })
      copyFileSync(programPath('busybox') ?? 'busybox', path.join(root, 'bin/busybox'))
      symlinkSync('busybox', path.join(root, 'bin/sh'))
      writeFileSync(path.join(root, 'bin/init'), INIT, { mode: 0o755 })
      const settings = [
        `lxc.rootfs.path = dir:${root}`,
        'lxc.uts.name = stand-in',
        'lxc.net.0.type = empty',
        'lxc.mount.auto = proc',
        'lxc.apparmor.profile = unconfined',
        'lxc.init.cmd = /bin/init',
        ...lines,
      ]
      writeFileSync(path.join(directory, name, 'config'), `${settings.join('\n')}\n`)
      if (!lines.some((line) => line.startsWith('lxc.idmap'))) return
      const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => path.join(root, file))
      for (const file of [root, ...files]) lchownSync(file, 100_000, 100_000)
    },
    configOf: (name) => readFileSync(path.join(directory, name, 'config'), 'utf8'),
    bytesOf: (name) => readFileSync(path.join(directory, name, 'config')),
    inside: (name, ...command) => tool('lxc-attach', where, `--name=${name}`, '--clear-env', '--', ...command),
    pidOf: (name) => Number(tool('lxc-info', where, `--name=${name}`, '--pid', '--no-humanize')),
    freeze: (name) => void tool('lxc-freeze', where, `--name=${name}`),
    close() {
      for (const name of tool('lxc-ls', where, '-1', '--active').split('\n').filter(Boolean))
        tool('lxc-stop', where, `--name=${name.trim()}`, '--kill')
      for (const name of readdirSync(directory)) rmSync(path.join(directory, name), { recursive: true })
      rmSync(directory, { recursive: true })
    },
  }
}
