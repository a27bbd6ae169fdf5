import { waitingFiles } from '@/demo/speed'
import { DEMO_CONNECTIONS } from '@/demo/storages'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { toldError } from '@/lib/drivers/problems/report'
import type { FakeAgent } from '@/testing/fake-agent'
import type { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

export interface DemoFleet {
  /** By name. */
  agents: ReadonlyMap<string, FakeAgent>
  storages: SimulatedStorages
  /** Ids by name. */
  mounts: ReadonlyMap<string, string>
}

const SECOND = 1_000
const MINUTE = 60_000

/** What is wrong from the first moment on. Mounts that are to break later must have been made by then. */
export function faultsAtStart(storages: SimulatedStorages): void {
  storages.set('nas-old.example.net', 'denied')
}

/** What people at the hosts did, and what goes wrong by itself; the faults that come and go are timed here. */
export class FaultScript {
  readonly #fleet: DemoFleet
  readonly #timers: NodeJS.Timeout[] = []
  readonly #stop = new AbortController()

  constructor(fleet: DemoFleet) {
    this.#fleet = fleet
  }

  async start(): Promise<void> {
    const { storages } = this.#fleet
    await Promise.all([
      this.#whenMounted('tools', 'db-fra1-03', (agent, id) =>
        agent.simulated.interfere(id, { foreign: { source: '/dev/sdb1', fsType: 'xfs' } }),
      ),
      this.#whenMounted('container-data', 'kube-fra1-07', (agent, id) => agent.simulated.interfere(id, 'takeAway')),
      this.#whenMounted('vm-images', 'hv-fra1-02', (agent, id) =>
        agent.simulated.interfere(id, { holders: ['qemu-system-x86 (2841)', 'qemu-system-x86 (2907)'] }),
      ),
      this.#whenMounted('scratch', 'kube-fra1-05', (agent) => storages.set('/srv/scratch-disk', 'full', agent.hostId)),
      this.#whenMounted('shared', 'edge-shops-05', (agent) => agent.setFault({ kind: 'hang' })),
      this.#whenMounted('shared', 'edge-shops-02', (agent) => agent.setFault({ kind: 'slow', delayMs: 700 })),
      this.#loseMonitors(),
      ...[1, 2, 3, 4, 5, 6].map((number) => this.#whenMounted('archive', `kube-ams2-0${number}`, () => {})),
    ])
    this.#alternate({ bad: 7 * MINUTE, good: 2 * MINUTE }, (isBad) =>
      storages.set('nas-ams2.example.net', isBad ? 'dead' : 'healthy'),
    )
    this.#alternate({ bad: 45 * SECOND, good: 75 * SECOND }, (isBad) =>
      storages.set('s3.ams2.example.net', isBad ? 'dead' : 'healthy'),
    )
    this.#uploads()
    this.#alternate({ bad: 10 * MINUTE, good: 3 * MINUTE }, (isBad) => {
      for (const [name, agent] of this.#fleet.agents)
        if (name.startsWith('kube-ams2')) {
          const turn = isBad ? agent.goOffline({ keepPort: true }) : agent.comeBack()
          // A port that another program has taken: the host stays away.
          turn.catch(() => undefined)
        }
    })
  }

  stop(): void {
    this.#stop.abort()
    for (const timer of this.#timers) clearTimeout(timer)
  }

  /** One host cannot reach the Ceph cluster any more. */
  async #loseMonitors(): Promise<void> {
    const connections = this.#fleet.agents.get(DEMO_CONNECTIONS.at(-1)?.host ?? '')?.simulatedConnections
    if (!connections) return
    const isOpen = () => this.#stop.signal.aborted || connections.list().some(({ state }) => state === 'connected')
    await waitFor('a connected pool', isOpen, 2 * MINUTE).catch(() => undefined)
    const error = toldError(new ProblemError('network.timed_out', { server: '192.0.2.61', port: 3300 }))
    for (const { backendId } of connections.list()) connections.override(backendId, { state: 'error', error })
  }

  /** Writes wait while the bucket flaps: they pile up and drain again, and are never lost. */
  #uploads(): void {
    let files = 38
    const step = () => {
      if (this.#stop.signal.aborted) return
      files = Math.max(0, Math.min(400, files + Math.round((Math.random() - 0.45) * 40)))
      this.#fleet.storages.setWaiting('s3.ams2.example.net', waitingFiles(files))
      this.#timers.push(setTimeout(step, 20 * SECOND))
    }
    step()
  }

  /** Begins with the bad part. */
  #alternate(lengths: { bad: number; good: number }, set: (isBad: boolean) => void): void {
    const turn = (isBad: boolean) => {
      if (this.#stop.signal.aborted) return
      set(isBad)
      this.#timers.push(setTimeout(() => turn(!isBad), isBad ? lengths.bad : lengths.good))
    }
    turn(true)
  }

  /** Acts as soon as the host has the mount; a host that never gets it is left alone. */
  async #whenMounted(mount: string, host: string, act: (agent: FakeAgent, mountId: string) => void): Promise<void> {
    const agent = this.#fleet.agents.get(host)
    const id = this.#fleet.mounts.get(mount)
    if (!agent || id === undefined) return
    const isMounted = () =>
      this.#stop.signal.aborted || agent.mounts().some((found) => found.mountId === id && found.state === 'mounted')
    await waitFor(`${mount} on ${host}`, isMounted, 2 * MINUTE).then(
      () => act(agent, id),
      () => undefined,
    )
  }
}
