import type { DriverHost, FuseControl, FuseDaemon } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { hasSocketControl, parseRcloneVersion } from '@/lib/drivers/mounting/rclone'
import { addressOf } from '@/lib/drivers/s3/client'
import type { S3Config } from '@/lib/drivers/s3/config'
import { renderRcloneConfig } from '@/lib/drivers/s3/rclone-config'
import { rcloneMountArguments } from '@/lib/drivers/s3/rclone-mount'
import { reveal, Secret } from '@/lib/secret'

const CONTROL_USER = 'holdfast'

/** A password of 256 random bits. */
function randomPassword(): Secret {
  return new Secret(
    [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  )
}

/** One line of an htpasswd file. The password is random and long, so that the plain SHA-1 form, which rclone reads, is enough. */
async function htpasswd(user: string, password: Secret): Promise<Secret> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(reveal(password)))
  return new Secret(`${user}:{SHA}${btoa(String.fromCharCode(...new Uint8Array(digest)))}\n`)
}

async function controlOf(
  host: DriverHost,
  unit: string,
): Promise<{ control: FuseControl; args: string[]; secretFiles: Record<string, Secret> }> {
  const { stdout } = await host.run('rclone', ['version'])
  const { directory, socket } = host.fuse.paths(unit)
  if (hasSocketControl(parseRcloneVersion(stdout))) {
    return { control: { kind: 'unix' }, args: ['--rc', `--rc-addr=unix://${socket}`, '--rc-no-auth'], secretFiles: {} }
  }
  const password = randomPassword()
  const port = await host.fuse.freePort()
  return {
    control: { kind: 'tcp', port, user: CONTROL_USER, password },
    args: ['--rc', `--rc-addr=127.0.0.1:${port}`, `--rc-htpasswd=${directory}/rc.htpasswd`],
    secretFiles: { 'rc.htpasswd': await htpasswd(CONTROL_USER, password) },
  }
}

/** The rclone process for one mount, with every file it reads. */
export async function rcloneDaemon(
  config: S3Config,
  secret: Secret,
  mount: { unit: string; target: string; readOnly: boolean },
  context: OperationContext,
): Promise<FuseDaemon> {
  const { directory, cache } = context.host.fuse.paths(mount.unit)
  const { control, args, secretFiles } = await controlOf(context.host, mount.unit)
  const { host, port } = addressOf(config)
  const files = { config: `${directory}/rclone.conf`, authority: `${directory}/ca.pem`, cache }
  return {
    unit: mount.unit,
    command: 'rclone',
    args: [...rcloneMountArguments(config, mount.target, mount.readOnly, files), ...args],
    target: mount.target,
    secretFiles: {
      ...secretFiles,
      'rclone.conf': renderRcloneConfig(config, secret),
      ...(config.ca_certificate === undefined ? {} : { 'ca.pem': new Secret(config.ca_certificate) }),
    },
    notifies: true,
    network: { kind: 'web', host, port },
    control,
  }
}
