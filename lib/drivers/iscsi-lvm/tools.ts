import type { OperationContext } from '@/lib/drivers/contract/host'
import type { StepNote } from '@/lib/drivers/contract/test-run'
import { ProblemError } from '@/lib/drivers/problems/problem'

/** The oldest LVM with `--devices` and `--setautoactivation`. */
const OLDEST_LVM = [2, 3, 12]

/** The programs that a connection needs, with their versions. Throws `tool.missing` or `lvm.too_old`. */
export async function checkTools(thin: boolean, context: OperationContext): Promise<StepNote> {
  const iscsi = await context.host.run('iscsiadm', ['--version'])
  return { detail: `${iscsi.stdout.trim()}, LVM ${await checkLvm(thin, context)}` }
}

/** What would be noticed too late, after something was changed. Resolves to the version of LVM; throws as `checkTools`. */
export async function checkLvm(thin: boolean, context: OperationContext): Promise<string> {
  const { run } = context.host
  const { stdout } = await run('lvm', ['version'])
  const version = /LVM version:\s*(\d+)\.(\d+)\.(\d+)/.exec(stdout)
  const numbers = (version ?? []).slice(1, 4).map(Number)
  const difference = numbers.map((part, index) => part - (OLDEST_LVM[index] ?? 0)).find((step) => step !== 0) ?? 0
  if (version === null || difference < 0) throw new ProblemError('lvm.too_old', {}, { said: stdout })
  // Without it a thin pool can be made, and not be activated again.
  if (thin) await run('thin_check', ['-V'])
  return numbers.join('.')
}
