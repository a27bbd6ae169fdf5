import type { DriverHost, FuseControl, FuseDaemon, FusePaths } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import { rcloneFiles } from '@/lib/drivers/mounting/rclone'
import { hasSocketControl, parseRcloneVersion } from '@/lib/drivers/mounting/rclone-version'
import { addressOf } from '@/lib/drivers/s3/client'
import type { S3Config } from '@/lib/drivers/s3/config'
import { renderRcloneConfig } from '@/lib/drivers/s3/rclone-config'
import { type RcloneControl, s3MountRequest } from '@/lib/drivers/s3/rclone-mount'
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
  { directory, socket }: FusePaths,
): Promise<{ control: FuseControl; onHost: RcloneControl; secretFiles: Record<string, Secret> }> {
  const { stdout } = await host.run('rclone', ['version'])
  if (hasSocketControl(parseRcloneVersion(stdout))) {
    return { control: { kind: 'unix' }, onHost: { kind: 'unix', socket }, secretFiles: {} }
  }
  const password = randomPassword()
  const port = await host.fuse.freePort()
  return {
    control: { kind: 'tcp', port, user: CONTROL_USER, password },
    onHost: { kind: 'tcp', port, passwords: `${directory}/rc.htpasswd` },
    secretFiles: { 'rc.htpasswd': await htpasswd(CONTROL_USER, password) },
  }
}

/** The rclone process for one mount, with every file it reads. */
export async function rcloneDaemon(
  config: S3Config,
  secret: Secret,
  target: MountTarget,
  context: OperationContext,
): Promise<FuseDaemon> {
  const paths = context.host.fuse.paths(daemonUnit(target.mountId))
  const { control, onHost, secretFiles } = await controlOf(context.host, paths)
  const { host, port } = addressOf(config)
  const { daemon } = s3MountRequest(config, target, { files: rcloneFiles(paths), control: onHost })
  return {
    ...daemon,
    target: target.path,
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
