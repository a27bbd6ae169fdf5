import { afterAll } from 'vitest'
import { askDaemon } from '@/agent/host/local-daemons'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { describeTarget, type StandIn, type TargetRig } from '@/testing/attach-targets/describe-target'
import { IMAGE, type RealDocker, removeAll, startDocker } from '@/testing/attach-targets/real-docker'

let docker: RealDocker | null = null
afterAll(() => docker?.close())

async function makeContainer({ api, makeDirectory }: RealDocker, { name, state, path: source }: StandIn) {
  makeDirectory(source)
  const mount = { Type: 'bind', Source: source, Target: '/data' }
  const config = { Image: IMAGE, Cmd: ['/bin/sleep', '3600'], HostConfig: { NetworkMode: 'none', Mounts: [mount] } }
  const { Id } = JSON.parse(await api('POST', `/containers/create?name=${name}`, config))
  if (state === 'running') await api('POST', `/containers/${Id}/start`)
}

/** One engine for all: it takes longer to start than a test. */
async function openRig(): Promise<TargetRig> {
  docker ??= await startDocker()
  const used = docker
  const asked: string[][] = []
  return {
    asked,
    root: '/srv',
    host: {
      run: () => Promise.reject(new Error('Docker is asked over its socket')),
      has: () => false,
      ask: (daemon, url) => {
        asked.push([daemon, url])
        return askDaemon(daemon, url, used.place)
      },
    },
    async show(workloads) {
      for (const each of workloads) await makeContainer(used, each)
    },
    async breakDown() {
      await used.stop()
    },
    async close() {
      if (docker === null) return
      const isStopped = await used.api('GET', '/_ping').then(
        () => false,
        () => true,
      )
      if (!isStopped) return removeAll(used.api)
      docker = null
      await used.close()
    },
  }
}

describeTarget({
  what: 'docker: the real engine',
  target: () => dockerTarget,
  open: openRig,
  questions: ['/version', '/containers/json?all=1', '/volumes'],
  canBeNamed: (name) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name),
  // The engine takes the way out of a path before it keeps it.
  canHavePath: (path) => !path.includes('/../'),
})
