import { escapedField } from '@/lib/attach-targets/lxc/parse-lxc'
import { CommandError } from '@/lib/drivers/problems/command-error'
import type { StandIn, TargetRig } from '@/testing/attach-targets/describe-target'

/** As the tools of LXC 5 print it. */
export async function openFakeLxc(): Promise<TargetRig> {
  const asked: string[][] = []
  let workloads: readonly StandIn[] = []
  let isBroken = false
  const answer = (command: string, args: readonly string[]): string => {
    if (command === 'lxc-ls' && args.includes('--version')) return '5.0.2\n'
    if (command === 'lxc-ls') {
      if (args.includes('--frozen')) return ''
      const shown = args.includes('--running') ? workloads.filter(({ state }) => state === 'running') : workloads
      return shown.map(({ name }) => `${name}\n`).join('')
    }
    const name = args.find((word) => word.startsWith('--name='))?.slice('--name='.length)
    const found = workloads.find((each) => each.name === name)
    if (found === undefined) return ''
    const entries = ['proc proc proc nodev 0 0', `${escapedField(found.path)} data none bind,create=dir 0 0`]
    return `lxc.rootfs.path = dir:/var/lib/lxc/${name}/rootfs\nlxc.mount.entry = ${entries.join('\n')}\n`
  }
  return {
    asked,
    root: '/mnt/shared',
    host: {
      has: (command) => command !== 'pct',
      ask: async () => null,
      async run(command, args) {
        asked.push([command, ...args])
        const failure = { exitCode: 1, signal: null, stdout: '', stderr: 'lxc-ls: no rights' }
        if (isBroken) throw new CommandError({ command, ...failure })
        return { exitCode: 0, stdout: answer(command, args), stderr: '' }
      },
    },
    show: (shown) => {
      workloads = shown
    },
    breakDown: () => {
      isBroken = true
    },
    close: async () => undefined,
  }
}
