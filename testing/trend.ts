/** A figure of a process at an hour of its own time. */
export interface Sample {
  hour: number
  value: number
}

/** How much a figure grows in an hour: the median of the slopes between all pairs, which a single collection of garbage does not move. */
export function slopeOf(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((one, at) =>
    samples.slice(at + 1).map((other) => (other.value - one.value) / (other.hour - one.hour)),
  )
  return medianOf(slopes.filter(Number.isFinite))
}

/** How much more a figure is, at the median, in the last third than in the first. */
export function growthOf(samples: readonly Sample[]): number {
  const third = Math.ceil(samples.length / 3)
  const values = samples.map(({ value }) => value)
  return medianOf(values.slice(-third)) - medianOf(values.slice(0, third))
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
