import type { CifsConfig } from '@/lib/drivers/cifs/config'

export const DEFAULT_PORT = 445

/** What smbclient(1) may negotiate, in its own names; the kernel's `vers=default` begins at 2.1 too. */
const PROTOCOLS: Readonly<Record<CifsConfig['smb_version'], readonly [lowest: string, highest: string]>> = {
  auto: ['SMB2_10', 'SMB3_11'],
  '3': ['SMB3_00', 'SMB3_11'],
  '3.1.1': ['SMB3_11', 'SMB3_11'],
  '3.0.2': ['SMB3_02', 'SMB3_02'],
  '3.0': ['SMB3_00', 'SMB3_00'],
  '2.1': ['SMB2_10', 'SMB2_10'],
  '2.0': ['SMB2_02', 'SMB2_02'],
}

type Connection = Pick<CifsConfig, 'auth' | 'domain' | 'smb_version' | 'seal' | 'port'>

/**
 * How to connect and sign in. The machine's own smb.conf is not read: the kernel does not read it either. The address has been
 * resolved and checked before; `credentials` is the file, needed only with a password.
 */
function connectionArguments(config: Connection, address: string, credentials: string): string[] {
  const [lowest, highest] = PROTOCOLS[config.smb_version]
  const args = [
    '--configfile=/dev/null',
    `--option=client min protocol=${lowest}`,
    `--option=client max protocol=${highest}`,
    `--ip-address=${address}`,
    `--port=${config.port ?? DEFAULT_PORT}`,
    '--timeout=8',
  ]
  if (config.seal) args.push('--option=client smb encrypt=required')
  if (config.auth === 'password') {
    args.push(`--authentication-file=${credentials}`)
    // Where the kernel names no domain, smbclient would say WORKGROUP. A dot is the server itself.
    if (config.domain === undefined) args.push('--workgroup=.')
  } else args.push('--no-pass', `--user=${config.auth === 'guest' ? 'guest%' : '%'}`)
  return args
}

/** Signs in, opens the share, goes to the folder, and leaves. */
export function lookArguments(config: CifsConfig, address: string, credentials: string): string[] {
  const folder = config.path ? [`--directory=${config.path}`] : []
  const service = `//${config.server}/${config.share_name}`
  return [service, ...connectionArguments(config, address, credentials), ...folder, '--command=exit']
}

/** Lists the shares, one a line, for programs. */
export function listArguments(
  config: Connection & Pick<CifsConfig, 'server'>,
  address: string,
  credentials: string,
): string[] {
  return [`--list=//${config.server}`, '--grepable', ...connectionArguments(config, address, credentials)]
}
