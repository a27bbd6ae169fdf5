import type { OperationContext } from '@/lib/drivers/contract/host'
import { HoldfastError } from '@/lib/errors'

/**
 * One address of a server, for a tool or the kernel that would look the name up again and could get another answer. All addresses of
 * the name have been checked; of several, the first that takes a connection on the port. Throws what `net.resolve` throws.
 */
export async function pinnedAddress(server: string, port: number, context: OperationContext): Promise<string> {
  const addresses = await context.host.net.resolve(server)
  const [first = server, ...more] = addresses
  if (more.length === 0) return first
  for (const address of addresses) {
    try {
      await context.host.net.connect(address, port)
      return address
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'backend_unreachable') throw error
    }
  }
  return first
}
