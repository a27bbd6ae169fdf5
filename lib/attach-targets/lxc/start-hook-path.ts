/** Kept by an agent that is installed, while its host has mounts. */
export const CONTAINER_HOOK = '/usr/local/lib/holdfast-agent/lxc-start-hook'

/** The setting that names it. Where it is gone nobody is held up. LXC puts `exec` before it, so it has to be one command. */
export function hookSetting(path: string): string {
  return `lxc.hook.pre-start = sh -c '[ ! -x ${path} ] || exec ${path}'`
}
