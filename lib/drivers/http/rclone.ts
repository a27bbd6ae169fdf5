import type { FuseDaemon } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { DaemonMountRequest, Mounting, MountTarget } from '@/lib/drivers/contract/mount-request'
import { type HttpConfig, placeOf } from '@/lib/drivers/http/config'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import {
  RCLONE_FS_TYPE,
  RCLONE_OPTIONS,
  type RcloneFiles,
  REMOTE,
  rcloneFiles,
  rcloneRequest,
  renderRcloneFile,
  SHOWN_FILES,
} from '@/lib/drivers/mounting/rclone'
import { reveal, Secret } from '@/lib/secret'

/** As rclone takes it and as mountinfo shows it: the address is in the file, so that it never stands in a list of processes. */
export const HTTP_REMOTE = `${REMOTE}:`

/** Always read only: HTTP has no way to write. Nothing is cached on disk. Without the files of the host, the request is for people. */
export function httpMountRequest(
  config: HttpConfig,
  target: MountTarget,
  files: RcloneFiles = SHOWN_FILES,
): DaemonMountRequest {
  const view = {
    remote: HTTP_REMOTE,
    readOnly: true,
    noexec: config.noexec,
    uid: config.uid,
    gid: config.gid,
    umask: config.umask,
    dirCacheTime: config.dir_cache_time,
    hasAuthority: config.ca_certificate !== undefined,
    own: ['--vfs-cache-mode=off', ...(config.verify_ssl ? [] : ['--no-check-certificate'])],
  }
  return rcloneRequest(target, view, files)
}

export const httpMounting: Mounting<HttpConfig, DaemonMountRequest> = {
  fsTypes: [RCLONE_FS_TYPE],
  options: RCLONE_OPTIONS,
  request: (config, target) => httpMountRequest(config, target),
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
  target: MountTarget,
  context: OperationContext,
): FuseDaemon {
  const paths = context.host.fuse.paths(daemonUnit(target.mountId))
  const { host, port } = placeOf(config)
  return {
    ...httpMountRequest(config, target, rcloneFiles(paths)).daemon,
    target: target.path,
    secretFiles: {
      'rclone.conf': renderHttpConfig(config, signIn),
      ...(config.ca_certificate === undefined ? {} : { 'ca.pem': new Secret(config.ca_certificate) }),
    },
    notifies: true,
    network: { kind: 'web', host, port },
  }
}
