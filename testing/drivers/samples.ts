import type { DriverSamples, SecretSample } from '@/lib/drivers/contract/samples'
import { DRIVER_IDS, type DriverId } from '@/lib/drivers/registry'

interface SamplesFile {
  samples: DriverSamples
}

/** Of every storage type, from its own folder: a new one needs no word here. */
export const SAMPLES: ReadonlyMap<DriverId, DriverSamples> = new Map(
  await Promise.all(
    DRIVER_IDS.map(async (id) => {
      const { samples } = (await import(`../../lib/drivers/${id}/samples.ts`)) as SamplesFile
      return [id, samples] as const
    }),
  ),
)

/** Throws for a type that there is not. */
export function samplesOf(driver: DriverId): DriverSamples {
  const found = SAMPLES.get(driver)
  if (found === undefined) throw new Error(`there are no samples of ${driver}`)
  return found
}

/** Of the types that have secrets. */
export const SECRET_SAMPLES: readonly (readonly [DriverId, SecretSample])[] = [...SAMPLES].flatMap(
  ([id, { secrets }]) => (secrets === undefined ? [] : [[id, secrets] as const]),
)
