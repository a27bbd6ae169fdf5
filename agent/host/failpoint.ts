/**
 * Ends this process with SIGKILL at a named step, for the tests that prove that a crash leaves nothing behind. Does nothing
 * unless HOLDFAST_TEST=1.
 */
export function failpoint(name: string): void {
  if (process.env.HOLDFAST_TEST === '1' && process.env.HOLDFAST_FAILPOINT === name) process.kill(process.pid, 'SIGKILL')
}
