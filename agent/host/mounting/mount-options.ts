import type { MountRequest } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'

/** A key, or key=value whose value cannot begin another option. */
const OPTION = /^[A-Za-z][A-Za-z0-9_.-]{0,63}(=[^,"\\\s\p{Cc}]{1,1024})?$/u

/** Never from a driver: they would undo what we force, run a program, carry a secret, or speak to the mount command itself. */
const FORBIDDEN = new Set(
  'suid dev exec nosuid nodev user users owner group nouser helper uhelper loop offset sizelimit encryption defaults auto noauto remount move rbind shared private slave unbindable password pass passwd password2 fd nofail _netdev comment context fscontext defcontext rootcontext'.split(
    ' ',
  ),
)

/** File system types that drivers may ask for; `none` is a bind. The type chooses a `mount.<type>` helper, so it is closed. */
const FILE_SYSTEM_TYPES = new Set(['none', 'nfs', 'nfs4', 'cifs', 'ext4', 'xfs', 'tmpfs'])

const SOURCE = /^[^-\s\p{Cc}][^\p{Cc}]{0,1023}$/u

/**
 * The one place where an option string comes from. The driver's options are checked as a second net under its own closed
 * set; `nosuid,nodev` stand last because the last one wins.
 */
export function renderOptions(request: Pick<MountRequest, 'options' | 'readOnly'>): string {
  for (const option of request.options) {
    const [key = ''] = option.split('=')
    const name = key.toLowerCase()
    if (!OPTION.test(option) || FORBIDDEN.has(name) || name.startsWith('x-')) {
      throw new HoldfastError('invalid_input', `The mount option ${JSON.stringify(key)} is not accepted.`, {
        fields: [{ field: 'options', message: `Remove ${JSON.stringify(key)}.` }],
      })
    }
  }
  const own = request.options.filter((option) => option !== 'ro' && option !== 'rw')
  return [...own, request.readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'].join(',')
}

export function checkMountRequest(request: MountRequest): void {
  if (!FILE_SYSTEM_TYPES.has(request.fsType)) {
    throw new HoldfastError('unsupported', `The agent does not mount file systems of type ${request.fsType}.`)
  }
  if (!SOURCE.test(request.source) || !request.source.isWellFormed()) {
    throw new HoldfastError('invalid_input', 'The source of the mount has characters that are not accepted.', {
      fields: [{ field: 'source', message: 'It must not begin with "-" or a space, nor hold control characters.' }],
    })
  }
}

export function isBind(request: Pick<MountRequest, 'options'>): boolean {
  return request.options.includes('bind')
}
