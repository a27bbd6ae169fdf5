import { afterAll, beforeAll } from 'vitest'
import { type Lab, useLab } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { installRemoteHost, openRemoteHost, type RemoteHost } from '@/e2e/support/remote-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

/** Milliseconds for one operation of a driver in an emulated guest. */
export const LIMIT_MS = 80_000
/** Where the contract mounts in the host guest. */
export const TARGET = '/mnt/holdfast-contract'

export interface LabRig extends DriverRig {
  /** Undone when the test is over. */
  later(undo: () => Promise<unknown>): void
}

type Arrange = (rig: LabRig) => Promise<void>

/** The contract of the drivers against real servers: the drivers run here, every hand they lay on a host is in the guest. */
export interface ContractLab {
  readonly lab: Lab
  readonly remote: RemoteHost
  rig(): Promise<LabRig>
  context(): OperationContext
  /** Stops a server for one test only, until its port answers again: some listen seconds after their unit has started. */
  stopped(unit: string, port: number): Arrange
  hidden(program: string): Arrange
  blackholed(port: number): Arrange
}

/** For the top of a test file: the guests are there before its tests, and gone after them. */
export function contractLab(): ContractLab {
  let lab: Lab
  let remote: RemoteHost
  beforeAll(async () => {
    lab = await useLab()
    await installRemoteHost(lab.host)
    remote = await openRemoteHost(lab.host)
  })
  afterAll(async () => {
    await remote?.close()
    await lab?.close()
  })

  async function rig(): Promise<LabRig> {
    const undo: (() => Promise<unknown>)[] = []
    return {
      host: remote.host,
      target: { mountId: 'mnt_contract', path: TARGET, readOnly: false },
      later: (work) => undo.push(work),
      hold: async () => {
        const pid = await lab.host.ok(`cd ${TARGET} && { sleep 600 >/dev/null 2>&1 & echo $!; }`)
        return async () =>
          void (await lab.host.ok(`kill -9 ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done`))
      },
      close: async () => {
        for (const work of undo.reverse()) await work()
        await remote.host.fuse.stop('holdfast-mnt_contract', TARGET)
        await remote.clean()
      },
    }
  }

  return {
    get lab() {
      return lab
    },
    get remote() {
      return remote
    },
    rig,
    context: () => recordingContext(remote.host, newRecording(), LIMIT_MS),
    stopped:
      (unit, port) =>
      async ({ later }) => {
        await lab.servers.stopService(unit)
        later(async () => {
          await lab.servers.startService(unit)
          const reached = `(exec 3<>/dev/tcp/${labFacts.servers.address}/${port}) 2>/dev/null`
          await lab.host.ok(`until ${reached}; do sleep 0.2; done`)
        })
      },
    hidden:
      (program) =>
      async ({ later }) =>
        later(await lab.host.hideProgram(program)),
    blackholed:
      (port) =>
      async ({ later }) => {
        await lab.servers.blackhole(true, { ports: [port] })
        later(() => lab.servers.blackhole(false))
      },
  }
}
