import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { startLibvirtd } from '@/testing/libvirt/real-libvirtd'

/** Where programs look for the libvirt of their machine. */
const PLACE = '/run/libvirt'
const SOCKET = `${PLACE}/libvirt-sock`

export type HostLibvirt = Awaited<ReturnType<typeof startLibvirtd>>

/**
 * A libvirtd of its own as the one of this machine, for as long as a test needs it: the agent asks that of its host, and takes no other.
 * Root's business, like the tests of libvirt on this kernel. Throws where the machine has one already: its owner's is left alone.
 */
export async function libvirtOfThisMachine(): Promise<HostLibvirt> {
  if (existsSync(SOCKET)) throw new Error(`libvirt runs here already (${SOCKET}): stop it for these tests`)
  const libvirtd = await startLibvirtd()
  mkdirSync(PLACE, { recursive: true })
  // What a killed run has left leads nowhere.
  rmSync(SOCKET, { force: true })
  symlinkSync(`${libvirtd.directory}/libvirt-sock`, SOCKET)
  const close = async () => {
    rmSync(SOCKET, { force: true })
    await libvirtd.close()
  }
  return { ...libvirtd, close }
}
