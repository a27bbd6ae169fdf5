import { expect } from 'vitest'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { AnyHostDriver, HostBackend, OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import type { StepId } from '@/lib/drivers/contract/steps'
import type { Usage } from '@/lib/drivers/contract/values'
import { toHostBackend } from '@/lib/drivers/input'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { newRecording, type Recording, recordingContext, spellingsOf } from '@/testing/drivers/recording'

/** One machine (fake or real) with the storage of the case on it. */
export interface DriverRig {
  host: DriverHost
  target: MountTarget
  /** Keeps the mounted target in use; resolves to its release. */
  hold(): Promise<() => Promise<void>>
  /** What a connection leaves on the host, for types that are connected: empty before and after. */
  traces?(): Promise<string[]>
  close(): Promise<void>
}

/** A way in which the storage or the settings are wrong, and what the test of the backend must say about it. */
export interface FailureCase<Rig extends DriverRig> {
  name: string
  arrange?(rig: Rig): Promise<void> | void
  config?: Record<string, unknown>
  secrets?: Record<string, string>
  step: StepId
  problem: ProblemId
  /** Values that its words speak of and that nobody knows in this case. */
  unknown?: readonly string[]
}

export interface DriverCase<Rig extends DriverRig> {
  driver: AnyHostDriver
  config: Record<string, unknown>
  secrets: Record<string, string>
  rig(): Promise<Rig>
  failures: readonly FailureCase<Rig>[]
  /** The failures whose errors of a mount or connection are searched for secrets, by their step: all unless told. Real servers take long to fail. */
  searched?: readonly StepId[]
  /** Makes the storage hang from now on. Without it, the deadline tests are for another rig. */
  hang?(rig: Rig): Promise<void> | void
  /**
   * Of a type that is mounted: takes the server away from under a mount and brings it back. The look that proves the health of the
   * mount must name `problem` meanwhile. Real servers, and types whose looks at a mount are proof enough, leave it out.
   */
  outage?: { begin(rig: Rig): Promise<void> | void; end(rig: Rig): Promise<void> | void; problem: ProblemId }
  /** Secrets or rights that the server takes back while it is mounted, and what the look says then. */
  revoked?: { arrange(rig: Rig): Promise<void> | void; problem: ProblemId }
  /** Outputs that no known version prints, and the call that must not take them for an answer. */
  malformed?: readonly {
    name: string
    arrange(rig: Rig): void
    act: 'test' | 'discover' | 'usage' | 'unmount' | 'connect'
  }[]
  /**
   * Of a type that is mounted: what people see in place of what only the host knows, such as a path in its memory. `arrange` makes the
   * host one for which the commands are as shown. On real servers it is left out.
   */
  shown?: { instead: readonly (readonly [RegExp, string])[]; arrange?(rig: Rig): void }
  /** Milliseconds for one operation. */
  limitMs: number
}

export async function failureOf(work: Promise<unknown>): Promise<HoldfastError> {
  try {
    await work
  } catch (error) {
    if (error instanceof HoldfastError) return error
    throw error
  }
  throw new Error('expected a failure')
}

export function everythingSaid(recording: Recording, ...errors: unknown[]): string {
  const printed = errors.map((error) =>
    error instanceof HoldfastError
      ? JSON.stringify([error.message, error.details, error.fields, error.stack])
      : String(error),
  )
  return JSON.stringify(recording) + printed.join('\n')
}

/** Whole bytes or unknown; an object store has no capacity. */
export function expectHonest({ totalBytes, usedBytes, availableBytes }: Usage, access: string): void {
  for (const figure of [totalBytes, usedBytes, availableBytes]) {
    expect(figure === null || (Number.isSafeInteger(figure) && figure >= 0)).toBe(true)
  }
  if (totalBytes !== null) expect(totalBytes).toBeGreaterThan(0)
  if (access === 'object') expect([totalBytes, availableBytes]).toEqual([null, null])
}

/** Those whose errors are searched for secrets. */
export function searchedFailures<Rig extends DriverRig>({ failures, searched }: DriverCase<Rig>): FailureCase<Rig>[] {
  return failures.filter(({ step }) => searched === undefined || searched.includes(step))
}

/** What works with a case need: its backend, and a machine for the time of the work. */
export interface Bench<Rig extends DriverRig> {
  /** The backend of the case, with other settings or secrets where these are given. */
  backend(config?: Record<string, unknown>, secrets?: Record<string, string>): HostBackend
  /** Whatever the work is: it says no secret, leaves no scratch mount, and runs no command that the descriptor does not name. */
  withRig(work: (rig: Rig, recording: Recording, context: () => OperationContext) => Promise<void>): Promise<void>
}

export function benchOf<Rig extends DriverRig>(given: DriverCase<Rig>): Bench<Rig> {
  const { driver } = given
  return {
    backend(config = {}, secrets = given.secrets) {
      return toHostBackend('bkd_contract', driver.id, { ...given.config, ...config }, secrets)
    },
    async withRig(work) {
      const rig = await given.rig()
      const recording = newRecording()
      try {
        await work(rig, recording, () => recordingContext(rig.host, recording, given.limitMs))
        for (const secret of Object.values(given.secrets)) {
          for (const spelling of spellingsOf(secret)) expect(everythingSaid(recording)).not.toContain(spelling)
        }
        const left = new Set(recording.scratches)
        expect(rig.host.mounts.list().filter(({ target }) => left.has(target))).toEqual([])
        const names = new Set(recording.commands.map(({ command }) => command))
        expect(driverById(driver.id).hostCommands).toEqual(expect.arrayContaining([...names]))
      } finally {
        await rig.close()
      }
    },
  }
}
