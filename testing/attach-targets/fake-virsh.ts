import { createHash } from 'node:crypto'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { xmlElement } from '@/lib/libvirt/xml-text'
import type { StandIn, TargetRig } from '@/testing/attach-targets/describe-target'

function uuidOf(path: string): string {
  const hex = createHash('sha256').update(path).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function definition({ path, state }: StandIn): string {
  const source = xmlElement('source', { file: path })
  const disk = xmlElement('disk', { type: 'file' }, [source, xmlElement('target', { dev: 'vda' })])
  return xmlElement('domain', { id: state === 'running' ? 3 : null }, [xmlElement('devices', {}, [disk])])
}

/** As virsh prints it. */
export async function openFakeVirsh(): Promise<TargetRig> {
  const asked: string[][] = []
  let workloads: readonly StandIn[] = []
  let isBroken = false
  const answer = (args: readonly string[]): string => {
    if (args.includes('version')) return 'Running against daemon: 9.0.0\n'
    if (args.includes('--state-paused')) return ''
    if (args.includes('list')) return workloads.map(({ name, path }) => ` ${uuidOf(path)} ${name}\n`).join('')
    const found = workloads.find(({ path }) => args.includes(uuidOf(path)))
    return found === undefined ? '' : definition(found)
  }
  return {
    asked,
    root: '/mnt/shared',
    host: {
      has: () => true,
      ask: async () => null,
      async run(command, args) {
        asked.push([command, ...args])
        const stderr = 'error: failed to connect to the hypervisor\nerror: Cannot recv data: Connection reset by peer'
        if (isBroken) throw new CommandError({ command, exitCode: 1, signal: null, stdout: '', stderr })
        return { exitCode: 0, stdout: answer(args), stderr: '' }
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
