import type { BindMountRequest, KernelMountRequest, MountOption } from '@/lib/drivers/contract/mount-request'
import { HoldfastError } from '@/lib/errors'

/** What a driver may ask the kernel to mount. */
export type MountFileSystem = KernelMountRequest | BindMountRequest

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
/** Nothing that could begin another option. */
const VALUE = /^[^,"\\\s\p{Cc}]{1,1024}$/u

/** Never from a driver: they would undo what we force, run a program, carry a secret, or speak to the mount command itself. */
const FORBIDDEN = new Set(
  'ro rw suid dev exec nosuid nodev user users owner group nouser helper uhelper loop offset sizelimit encryption defaults auto noauto remount move bind rbind shared private slave unbindable password pass passwd password2 fd nofail _netdev comment context fscontext defcontext rootcontext'.split(
    ' ',
  ),
)

/** File system types that drivers may ask for. The type chooses a `mount.<type>` helper, so it is closed. */
const FILE_SYSTEM_TYPES = new Set(['nfs', 'nfs4', 'cifs', 'ext4', 'xfs', 'tmpfs'])

const SOURCE = /^[^-\s\p{Cc}][^\p{Cc}]{0,1023}$/u

function checkOption({ name, value }: MountOption): void {
  const key = name.toLowerCase()
  const isPlain = NAME.test(name) && (value === undefined || VALUE.test(value))
  if (isPlain && !FORBIDDEN.has(key) && !key.startsWith('x-')) return
  throw new HoldfastError('invalid_input', `The mount option ${JSON.stringify(name)} is not accepted.`, {
    fields: [{ field: 'options', message: `Remove ${JSON.stringify(name)}.` }],
  })
}

/** A second net under the closed set of the driver. Throws for a request that this agent does not carry out. */
export function checkMountRequest(request: MountFileSystem): void {
  if (request.kind === 'kernel' && !FILE_SYSTEM_TYPES.has(request.fsType)) {
    throw new HoldfastError('unsupported', `The agent does not mount file systems of type ${request.fsType}.`)
  }
  for (const option of request.options) checkOption(option)
  if (!SOURCE.test(request.source) || !request.source.isWellFormed()) {
    throw new HoldfastError('invalid_input', 'The source of the mount has characters that are not accepted.', {
      fields: [{ field: 'source', message: 'It must not begin with "-" or a space, nor hold control characters.' }],
    })
  }
}
