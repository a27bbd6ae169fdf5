/**
 * Waits until `check` gives something other than undefined, null or false; throws after `timeoutMs` with `what` was waited for. On a
 * slow machine the limit is longer, see e2e/lab/pace.mjs.
 */
export async function waitFor<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const limitMs = timeoutMs * Number(process.env.HOLDFAST_TEST_PACE ?? 1)
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await check()
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<T, false>>
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
