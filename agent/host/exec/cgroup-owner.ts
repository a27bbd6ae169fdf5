/** Who runs a process, as far as its control group tells: a container, a virtual machine, or a service of the host. */
export interface ProcessOwner {
  kind: 'docker' | 'podman' | 'lxc' | 'vm' | 'service'
  name: string
}

const CONTAINER_ID = /[0-9a-f]{64}/

/** systemd writes `-` in names as `\x2d`. */
function unescapeUnit(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/**
 * From the text of /proc/<pid>/cgroup (version 1 or 2). A Docker or Podman container is named by the first 12 digits of its id
 * unless its name is known. Null for a session of a person.
 */
export function ownerOf(cgroup: string, containerName: string | null = null): ProcessOwner | null {
  const paths = cgroup.split('\n').map((line) => line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1))
  for (const path of paths.toSorted((a, b) => b.length - a.length)) {
    const found = ownerOfPath(path, containerName)
    if (found) return found
  }
  return null
}

function ownerOfPath(path: string, containerName: string | null): ProcessOwner | null {
  const id = CONTAINER_ID.exec(path)?.[0]
  if (id !== undefined && /libpod/.test(path)) return { kind: 'podman', name: containerName ?? id.slice(0, 12) }
  if (id !== undefined && /docker/.test(path)) return { kind: 'docker', name: containerName ?? id.slice(0, 12) }
  const lxc = /\/lxc(?:\.payload\.|\/)([^/]+)/.exec(path)?.[1]
  if (lxc !== undefined) return { kind: 'lxc', name: lxc }
  const machine = /\/machine-qemu\\x2d\d+\\x2d(.+?)\.scope/.exec(path)?.[1]
  if (machine !== undefined) return { kind: 'vm', name: unescapeUnit(machine) }
  const nspawn = /\/machine-(?!qemu)(?:lxc\\x2d\d+\\x2d)?(.+?)\.scope/.exec(path)?.[1]
  if (nspawn !== undefined) return { kind: 'lxc', name: unescapeUnit(nspawn) }
  const service = /\/system\.slice\/(?:.*\/)?([^/]+\.service)/.exec(path)?.[1]
  return service === undefined ? null : { kind: 'service', name: unescapeUnit(service) }
}
