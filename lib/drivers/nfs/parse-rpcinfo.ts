import { unreadableOutput } from '@/lib/drivers/problems/problem'

/** `ready`: the version answers. `mismatch`: the program is there, with these versions. */
export type RpcAnswer = { state: 'ready' } | { state: 'mismatch'; lowest: number; highest: number }

/**
 * `rpcinfo -a ADDRESS -T tcp PROGRAM VERSION`, which asks the program itself and needs no port mapper. Exit code 1 with a version
 * mismatch is an answer; `stderr` has it. Throws `command_failed` for an output that is neither.
 */
export function parseRpcinfo(stdout: string, stderr: string): RpcAnswer {
  if (/^program \d+ version \d+ ready and waiting$/m.test(stdout)) return { state: 'ready' }
  const mismatch = /low version = (?<lowest>\d+), high version = (?<highest>\d+)/.exec(`${stderr}\n${stdout}`)
  if (mismatch?.groups !== undefined) {
    return { state: 'mismatch', lowest: Number(mismatch.groups.lowest), highest: Number(mismatch.groups.highest) }
  }
  throw unreadableOutput('rpcinfo', 'printed neither an answer nor a known error')
}

/** `10.0.0.5` and 2049 as `10.0.0.5.8.1`, the way RPC writes an address with its port. */
export function universalAddress(address: string, port: number): string {
  return `${address}.${Math.floor(port / 256)}.${port % 256}`
}
