import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Runner } from '@/agent/host/exec/run'
import { lxcTarget } from '@/lib/attach-targets/lxc/host'
import { escapedField } from '@/lib/attach-targets/lxc/parse-lxc'
import { describeTarget, type StandIn, type TargetRig } from '@/testing/attach-targets/describe-target'

function define(directory: string, { name, path: source }: StandIn): void {
  const own = path.join(directory, name)
  mkdirSync(own)
  const settings = [
    `lxc.rootfs.path = dir:${own}/rootfs`,
    'lxc.mount.entry = proc proc proc nodev 0 0',
    `lxc.mount.entry = ${escapedField(source)} data none bind,create=dir 0 0`,
  ]
  writeFileSync(path.join(own, 'config'), `${settings.join('\n')}\n`)
}

/** Containers that are only defined, in a directory of their own, as the real tools read them. */
async function openRig(): Promise<TargetRig> {
  const directory = mkdtempSync(path.join(tmpdir(), 'lxc-'))
  const asked: string[][] = []
  const runner = new Runner()
  let isBroken = false
  return {
    asked,
    root: '/srv',
    host: {
      has: (command) => command !== 'pct',
      ask: async () => null,
      run: (command, args, options) => {
        asked.push([command, ...args])
        const where = args.includes('--version') ? [] : [`--lxcpath=${directory}`]
        return runner.run(command, [...args, ...where, ...(isBroken ? ['--no-such-option'] : [])], options)
      },
    },
    show(workloads) {
      for (const each of workloads) define(directory, each)
    },
    breakDown: () => {
      isBroken = true
    },
    async close() {
      rmSync(directory, { recursive: true })
    },
  }
}

describeTarget({
  what: 'lxc: the real tools',
  target: () => lxcTarget,
  open: openRig,
  questions: ['lxc-ls', 'lxc-info'],
  // lxc-ls lists no name with a dot in front.
  canBeNamed: (name) => !name.includes('/') && !name.startsWith('.'),
  canHavePath: () => true,
  startsNothing: true,
})
