import { readdirSync, readFileSync } from 'node:fs'

/** One line of the report: what was measured, and against what in the same run. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** Against the baseline of the same run; the only number that compares between machines. */
  ratio?: number
  baseline?: string
  goal?: string
  /** `false` when a goal is stated and missed. */
  reached?: boolean
}

const figures: Figure[] = []

export function record(figure: Figure): void {
  figures.push(figure)
  const ratio = figure.ratio === undefined ? '' : `  ${figure.ratio.toFixed(2)}x ${figure.baseline ?? ''}`
  const goal = figure.goal === undefined ? '' : `  goal ${figure.goal}${figure.reached === false ? '  MISSED' : ''}`
  console.log(`  ${figure.name.padEnd(58)} ${figure.value.toFixed(2).padStart(10)} ${figure.unit}${ratio}${goal}`)
}

export function recorded(): readonly Figure[] {
  return figures
}

export function section(title: string): void {
  console.log(`\n${title}`)
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** CPU seconds that the threads of a process have used, to the nanosecond; ticks are too coarse for one that sleeps. */
export function cpuSeconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9
}

/** Resident memory of a process in MiB. */
export function rssMiB(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1]) / 1024
}
