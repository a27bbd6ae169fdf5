// @ts-check
import { spawnSync } from 'node:child_process'

/** What the sum below takes, both at once, on the quiet machine on which the tests' limits were chosen. */
const USUAL_MS = 400
const MOST = 6
const SUM = 'let x = 1; for (let i = 0; i < 4e7; i++) x = (Math.imul(x, 48271) + i) | 0; if (x === 42) console.log(x)'

/**
 * How much longer than on a good, quiet machine everything takes here and now: 1 to 6. Limits that only end what hangs are
 * multiplied by it, so that no test fails because a machine is slow. Measured once, then handed down in HOLDFAST_TEST_PACE.
 * @returns {number}
 */
export function pace() {
  process.env.HOLDFAST_TEST_PACE ??= String(measure())
  return Number(process.env.HOLDFAST_TEST_PACE)
}

function measure() {
  const started = performance.now()
  spawnSync('sh', ['-c', '"$0" -e "$1" & "$0" -e "$1" & wait', process.execPath, SUM])
  const factor = (performance.now() - started) / USUAL_MS
  return Math.min(MOST, Math.max(1, Math.round(factor * 10) / 10))
}
