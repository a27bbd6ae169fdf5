import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { askDaemon } from '@/agent/host/local-daemons'
import type { StandIn, TargetRig } from '@/testing/attach-targets/describe-target'

const idOf = (name: string) => Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)

/** As Docker's engine answers, over a socket of its own; asked as the agent asks the real one. */
export async function openFakeDocker(): Promise<TargetRig & { stopDaemon(): void; asIs(body: string): void }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'fake-docker-'))
  const at = (name: string) => path.join(directory, name)
  const place = { title: 'Docker', socket: at('sock'), pidFile: at('pid'), home: at('home') }
  const asked: string[][] = []
  let workloads: readonly StandIn[] = []
  let isBroken = false
  let body: string | null = null
  const server = createServer((request, response) => {
    if (isBroken) return void request.socket.destroy()
    const answers: Readonly<Record<string, unknown>> = {
      '/version': { Version: '27.3.1' },
      '/volumes': { Volumes: [], Warnings: null },
      '/containers/json?all=1': workloads.map(container),
    }
    response.setHeader('content-type', 'application/json').end(body ?? JSON.stringify(answers[request.url ?? '']))
  })
  await new Promise<void>((resolve) => server.listen(place.socket, resolve))
  writeFileSync(place.pidFile, String(process.pid))
  return {
    asked,
    root: '/mnt/shared',
    host: {
      run: () => Promise.reject(new Error('Docker is asked over its socket')),
      has: () => false,
      ask: (daemon, url) => {
        asked.push([daemon, url])
        return askDaemon(daemon, url, place)
      },
    },
    show: (shown) => {
      workloads = shown
    },
    breakDown: () => {
      isBroken = true
    },
    stopDaemon: () => writeFileSync(place.pidFile, '4194304'),
    asIs: (text) => {
      body = text
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(directory, { recursive: true })
    },
  }
}

function container({ name, state, path: source }: StandIn) {
  return {
    Id: idOf(source),
    Names: [`/${name}`],
    Image: 'debian:13',
    State: state === 'running' ? 'running' : 'exited',
    Mounts: [{ Type: 'bind', Source: source, Destination: '/data', RW: true }],
  }
}
