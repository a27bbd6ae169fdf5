import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { Secret } from '@/lib/secret'

export type RunVirsh = (
  args: readonly string[],
  options?: Parameters<DriverHost['run']>[2],
) => ReturnType<DriverHost['run']>

/** libvirt as this host has it. `--quiet`: without headings and blank lines. */
export function virshOn(run: DriverHost['run'], uri: string): RunVirsh {
  return (args, options) => run('virsh', ['--quiet', '--connect', uri, ...args], options)
}

/** Hands something to virsh in a file that only root reads, which is gone afterwards. */
export async function withFile<T>(
  host: Pick<DriverHost, 'secretFile'>,
  content: Secret | string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const file = await host.secretFile(content)
  try {
    return await work(file.path)
  } finally {
    await file.done()
  }
}
