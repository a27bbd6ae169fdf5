// Loaded before a process of the product (`--import`): lets its time run faster, HOLDFAST_SOAK_SPEED times, from HOLDFAST_SOAK_FROM on
// (milliseconds since 1970), which all of them have in common. What it waits for comes as much sooner, so that it does in minutes what it
// would do in hours. Times that the kernel and Node keep for themselves, such as those of sockets, stay as they are.
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import promises from 'node:timers/promises'

const speed = Number(process.env.HOLDFAST_SOAK_SPEED)
const from = Number(process.env.HOLDFAST_SOAK_FROM)
if (!(speed >= 1) || !(from > 0)) throw new Error('HOLDFAST_SOAK_SPEED and HOLDFAST_SOAK_FROM say how time runs')

const RealDate = Date
const realNow = Date.now
const now = () => Math.round(from + (realNow() - from) * speed)

const FastDate = new Proxy(RealDate, {
  construct: (target, args, wanted) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, wanted === FastDate ? target : wanted),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
})
globalThis.Date = FastDate

const realElapsed = performance.now.bind(performance)
const startedAt = realElapsed()
performance.now = () => startedAt + (realElapsed() - startedAt) * speed

const sooner = (ms) => (typeof ms === 'number' ? ms / speed : ms)
for (const name of ['setTimeout', 'setInterval']) {
  const real = timers[name]
  const fast = (work, ms, ...args) => real(work, sooner(ms), ...args)
  // `util.promisify(setTimeout)` looks for this.
  Object.defineProperties(fast, Object.getOwnPropertyDescriptors(real))
  timers[name] = fast
  globalThis[name] = fast
  const realPromise = promises[name]
  promises[name] = (ms, ...args) => realPromise(sooner(ms), ...args)
}
const realTimeout = AbortSignal.timeout
AbortSignal.timeout = (ms) => realTimeout.call(AbortSignal, Math.max(1, Math.round(sooner(ms))))
syncBuiltinESMExports()
