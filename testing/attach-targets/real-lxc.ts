import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
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

export function openRealLxc(): RealLxc {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-lxc-'))
  const runner = new Runner()
  const where = `--lxcpath=${directory}`
  const tool = (command: string, ...args: readonly string[]) => execFileSync(command, args, { encoding: 'utf8' })
  return {
    directory,
    host: {
      has: (command) => command.startsWith('lxc-'),
      ask: async () => null,
      tell: () => Promise.reject(new Error('LXC is told by its tools')),
      run: (command, args, options) =>
        runner.run(command, args.includes('--version') ? args : [...args, where], options),
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
    },
    configOf: (name) => readFileSync(path.join(directory, name, 'config'), 'utf8'),
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
