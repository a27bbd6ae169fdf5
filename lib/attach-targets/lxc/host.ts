import type { AttachTarget, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { lxc } from '@/lib/attach-targets/lxc/descriptor'
import { parseNames, parseStorage } from '@/lib/attach-targets/lxc/parse-lxc'
import { parsePctConfig, parsePctList } from '@/lib/attach-targets/lxc/parse-pct'

/** On Proxmox its own tool knows the containers, which plain LXC lists there too, by their numbers. */
export const lxcTarget: AttachTarget = {
  descriptor: lxc,
  async inventory(host) {
    const [isPlain, isProxmox] = [host.has('lxc-ls') && host.has('lxc-info'), host.has('pct')]
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

async function plainContainers(host: TargetHost, known: ReadonlySet<string>): Promise<FoundWorkload[]> {
  const names = async (...which: string[]) => parseNames((await host.run('lxc-ls', ['-1', ...which])).stdout)
  const all = await names()
  const running = new Set(await names('--running'))
  const frozen = new Set(await names('--frozen'))
  const found: FoundWorkload[] = []
  for (const name of all) {
    if (known.has(name)) continue
    const state = frozen.has(name) ? 'paused' : running.has(name) ? 'running' : 'stopped'
    found.push({ nativeId: name, name, state, image: null, storage: parseStorage(await settingsOf(host, name)) })
  }
  return found
}

/** What its files say, with what they include; LXC itself reads them. One that has gone meanwhile has none. */
async function settingsOf(host: TargetHost, name: string): Promise<string> {
  // In one word with its option: a name may begin with a dash.
  const asked = [`--name=${name}`, '--no-humanize', '--config=lxc.rootfs.path', '--config=lxc.mount.entry']
  return (await host.run('lxc-info', asked, { okExitCodes: [0, 1] })).stdout
}

async function proxmoxContainers(host: TargetHost): Promise<FoundWorkload[]> {
  const found: FoundWorkload[] = []
  for (const { id, state } of parsePctList((await host.run('pct', ['list'])).stdout)) {
    const { stdout, exitCode } = await host.run('pct', ['config', id], { okExitCodes: [0, 2, 255] })
    if (exitCode !== 0) continue
    const { hostname, image, storage } = parsePctConfig(stdout)
    found.push({ nativeId: id, name: hostname ?? id, state, image, storage })
  }
  return found
}
