import type { FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { parseNames, parseStorage } from '@/lib/attach-targets/lxc/parse-lxc'
import { type ListedOfProxmox, parsePctConfig, parsePctList } from '@/lib/attach-targets/lxc/parse-pct'

/** Whose tools a container is started and changed by. */
export type LxcFlavour = 'plain' | 'proxmox'

export function flavoursHere(host: TargetHost): { isPlain: boolean; isProxmox: boolean } {
  return { isPlain: host.has('lxc-ls') && host.has('lxc-info'), isProxmox: host.has('pct') }
}

/** All of plain LXC, without those that Proxmox knows better. */
export async function plainContainers(host: TargetHost, known: ReadonlySet<string>): Promise<FoundWorkload[]> {
  const found: FoundWorkload[] = []
  for (const each of await plainStates(host)) if (!known.has(each.name)) found.push(await plainContainer(host, each))
  return found
}

export async function proxmoxContainers(host: TargetHost): Promise<FoundWorkload[]> {
  const found: FoundWorkload[] = []
  for (const listed of await listOfProxmox(host)) {
    const container = await proxmoxContainer(host, listed)
    if (container !== null) found.push(container)
  }
  return found
}

/** The one of this id, and whose it is. Null: there is no such one. */
export async function findContainer(
  host: TargetHost,
  nativeId: string,
): Promise<{ flavour: LxcFlavour; found: FoundWorkload } | null> {
  const { isPlain, isProxmox } = flavoursHere(host)
  if (isProxmox) {
    const listed = (await listOfProxmox(host)).find(({ id }) => id === nativeId)
    const found = listed === undefined ? null : await proxmoxContainer(host, listed)
    if (found !== null) return { flavour: 'proxmox', found }
  }
  if (!isPlain) return null
  const state = (await plainStates(host)).find(({ name }) => name === nativeId)
  return state === undefined ? null : { flavour: 'plain', found: await plainContainer(host, state) }
}

type PlainState = Pick<FoundWorkload, 'name' | 'state'>

async function plainStates(host: TargetHost): Promise<PlainState[]> {
  const names = async (...which: string[]) => parseNames((await host.run('lxc-ls', ['-1', ...which])).stdout)
  const all = await names()
  const running = new Set(await names('--running'))
  const frozen = new Set(await names('--frozen'))
  return all.map((name) => ({
    name,
    state: frozen.has(name) ? 'paused' : running.has(name) ? 'running' : 'stopped',
  }))
}

async function plainContainer(host: TargetHost, { name, state }: PlainState): Promise<FoundWorkload> {
  return { nativeId: name, name, state, image: null, storage: parseStorage(await settingsOf(host, name)) }
}

/** What its files say, with what they include; LXC itself reads them. One that has gone meanwhile has none. */
async function settingsOf(host: TargetHost, name: string): Promise<string> {
  // In one word with its option: a name may begin with a dash.
  const asked = [`--name=${name}`, '--no-humanize', '--config=lxc.rootfs.path', '--config=lxc.mount.entry']
  return (await host.run('lxc-info', asked, { okExitCodes: [0, 1] })).stdout
}

async function listOfProxmox(host: TargetHost): Promise<ListedOfProxmox[]> {
  return parsePctList((await host.run('pct', ['list'])).stdout)
}

async function proxmoxContainer(host: TargetHost, { id, state }: ListedOfProxmox): Promise<FoundWorkload | null> {
  const { stdout, exitCode } = await host.run('pct', ['config', id], { okExitCodes: [0, 2, 255] })
  if (exitCode !== 0) return null
  const { hostname, image, storage } = parsePctConfig(stdout)
  return { nativeId: id, name: hostname ?? id, state, image, storage }
}
