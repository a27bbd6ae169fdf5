import type { FuseDaemon } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { type HttpConfig, placeOf } from '@/lib/drivers/http/config'
import { type RcloneFiles, REMOTE, rcloneArguments, renderRcloneFile } from '@/lib/drivers/mounting/rclone'
import { reveal, Secret } from '@/lib/secret'

/** As rclone takes it and as mountinfo shows it: the address is in the file, so that it never stands in a list of processes. */
export const HTTP_REMOTE = `${REMOTE}:`

/** Always read only: HTTP has no way to write. Nothing is cached on disk. */
export function httpMountArguments(config: HttpConfig, target: string, files: RcloneFiles): string[] {
  const view = {
    remote: HTTP_REMOTE,
    target,
    readOnly: true,
    uid: config.uid,
    gid: config.gid,
    umask: config.umask,
    dirCacheTime: config.dir_cache_time,
    hasAuthority: config.ca_certificate !== undefined,
  }
  const own = ['--vfs-cache-mode=off']
  if (!config.verify_ssl) own.push('--no-check-certificate')
  return rcloneArguments(view, files, own)
}

/** rclone.conf for the address; the sign-in is a header in it. */
export function renderHttpConfig(config: HttpConfig, signIn: Secret | undefined): Secret {
  return renderRcloneFile({
    type: 'http',
    url: `${config.base_url}/`,
    ...(signIn === undefined ? {} : { headers: `Authorization,${reveal(signIn)}` }),
  })
}

/** The rclone process for one mount. It follows redirects, so the host looks at every address that it connects to. */
export function httpDaemon(
  config: HttpConfig,
  signIn: Secret | undefined,
  mount: { unit: string; target: string },
  context: OperationContext,
): FuseDaemon {
  const { directory, cache } = context.host.fuse.paths(mount.unit)
  const files = { config: `${directory}/rclone.conf`, authority: `${directory}/ca.pem`, cache }
  const { host, port } = placeOf(config)
  return {
    unit: mount.unit,
    command: 'rclone',
    args: httpMountArguments(config, mount.target, files),
    target: mount.target,
    secretFiles: {
      'rclone.conf': renderHttpConfig(config, signIn),
      ...(config.ca_certificate === undefined ? {} : { 'ca.pem': new Secret(config.ca_certificate) }),
    },
    notifies: true,
    network: { kind: 'web', host, port },
  }
}
