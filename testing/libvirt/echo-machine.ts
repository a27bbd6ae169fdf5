import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is asked of libvirtd: `RealLibvirtd`, or that of the system. */
interface Libvirtd {
  /** For its files. */
  directory: string
  virsh(...args: string[]): string
}

/** A machine whose only program shows each key that is pressed, as the firmware of PCs understands it. */
export interface EchoMachine {
  uuid: string
  name: string
  /** What stands on its screen, from its own memory: nothing of it has gone through VNC. */
  text(): string
  stop(): void
}

/** 16 bits, loaded by the firmware: the text screen, then read a key (int 16h, 0), show it (int 10h, 0Eh), again. */
const PROGRAM = [0xb8, 0x03, 0x00, 0xcd, 0x10, 0x30, 0xe4, 0xcd, 0x16, 0xb4, 0x0e, 0x30, 0xff, 0xcd, 0x10, 0xeb, 0xf4]
/** The same over the serial port: wait for a byte (3FDh), say it again (3F8h). */
export const SERIAL_ECHO = [0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xfb, 0xba, 0xf8, 0x03, 0xec, 0xee, 0xeb, 0xf1]
const SECTOR = 512
/** Where a PC in text mode has its 80 × 25 characters, each with a byte for its colours. */
const TEXT_AT = '0xb8000'
const SCREEN_BYTES = 80 * 25 * 2

/** `devices`: in the XML of libvirt, such as its graphics. */
export function startEchoMachine(
  { directory, virsh }: Libvirtd,
  devices: string,
  name?: string,
  program = PROGRAM,
): EchoMachine {
  const uuid = randomUUID()
  const disk = join(directory, `${uuid}.img`)
  const sector = Buffer.alloc(SECTOR)
  sector.set(program)
  // The mark by which a firmware knows that it may be started.
  sector.set([0x55, 0xaa], SECTOR - 2)
  writeFileSync(disk, sector)
  const file = join(directory, `${uuid}.xml`)
  writeFileSync(
    file,
    `<domain type='qemu'><name>${name ?? uuid}</name><uuid>${uuid}</uuid><memory unit='MiB'>32</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
      <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
        <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${disk}'/>
          <target dev='hda' bus='ide'/></disk>
        <video><model type='vga'/></video>${devices}</devices></domain>`,
  )
  virsh('define', file)
  virsh('start', uuid)
  return {
    uuid,
    name: name ?? uuid,
    text() {
      const dump = virsh('qemu-monitor-command', uuid, '--hmp', `xp /${SCREEN_BYTES}xb ${TEXT_AT}`)
      const bytes = [...dump.matchAll(/0x([0-9a-f]{2})\b/g)].map(([, hex]) => Number.parseInt(hex ?? '', 16))
      const characters = bytes.filter((_, at) => at % 2 === 0)
      return Buffer.from(characters).toString('latin1').trimEnd()
    },
    stop() {
      virsh('destroy', uuid)
      virsh('undefine', uuid)
    },
  }
}
