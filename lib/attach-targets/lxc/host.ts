import type { AttachTarget } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { flavoursHere, plainContainers, proxmoxContainers } from '@/lib/attach-targets/lxc/containers'
import { lxc } from '@/lib/attach-targets/lxc/descriptor'
import { lxcMounts } from '@/lib/attach-targets/lxc/mounts'
import { lxcPower } from '@/lib/attach-targets/lxc/power'

/** On Proxmox its own tool knows the containers, which plain LXC lists there too, by their numbers. */
export const lxcTarget: AttachTarget = {
  descriptor: lxc,
  power: lxcPower,
  mounts: lxcMounts,
  async processOf(host, nativeId) {
    const asked = [`--name=${nativeId}`, '--pid', '--no-humanize']
    const { stdout } = await host.run('lxc-info', asked, { okExitCodes: [0, 1] })
    return /^[1-9]\d*$/.test(stdout.trim()) ? Number(stdout) : null
  },
  async inventory(host) {
    const { isPlain, isProxmox } = flavoursHere(host)
    if (!isPlain && !isProxmox) return null
    const ofProxmox = isProxmox ? await proxmoxContainers(host) : []
    const known = new Set(ofProxmox.map(({ nativeId }) => nativeId))
    const plain = isPlain ? await plainContainers(host, known) : []
    return { version: isPlain ? await versionOf(host) : null, workloads: [...ofProxmox, ...plain] }
  },
}

async function versionOf(host: TargetHost): Promise<string | null> {
  const { stdout } = await host.run('lxc-ls', ['--version'])
  return /\d+\.\d+(?:\.\d+)*/.exec(stdout)?.[0] ?? null
}
