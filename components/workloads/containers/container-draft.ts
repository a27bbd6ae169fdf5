/** What is typed so far. `key` tells rows apart while some are taken away. */
export interface ContainerDraft {
  hostId: string
  name: string
  image: string
  restart: string
  start: boolean
  env: EnvRow[]
  ports: PortRow[]
  mounts: MountRow[]
}
export interface EnvRow {
  key: number
  name: string
  value: string
}
export interface PortRow {
  key: number
  hostPort: string
  containerPort: string
  protocol: string
}
export interface MountRow {
  key: number
  mountId: string
  subPath: string
  target: string
  readOnly: boolean
}

export const EMPTY: ContainerDraft = {
  ...{ hostId: '', name: '', image: '', restart: 'no', start: true, env: [], ports: [], mounts: [] },
}

/** As the API is asked. `isPlan`: without the values of the environment, which a plan does not need. */
export function bodyOf(draft: ContainerDraft, isPlan: boolean) {
  const { hostId, name, image, restart, start, env, ports, mounts } = draft
  return {
    ...{ host_id: hostId, name, image, restart, start },
    env: Object.fromEntries(env.map((row) => [row.name, isPlan ? '' : row.value])),
    ports: ports.map(({ hostPort, containerPort, protocol }) => {
      return { host_port: Number(hostPort), container_port: Number(containerPort), protocol }
    }),
    mounts: mounts.map(({ mountId, subPath, target, readOnly }) => {
      return { mount_id: mountId, sub_path: subPath, target, read_only: readOnly, create_sub_path: subPath !== '' }
    }),
  }
}

/** What is missing, by the names that the API has for the fields. */
export function missingIn({ hostId, name, image, env, ports, mounts }: ContainerDraft): ReadonlyMap<string, string> {
  const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
  const port = 'A number from 1 to 65535.'
  const names = env.map((row) => row.name)
  const found: [boolean, string, string][] = [
    [hostId === '', 'host_id', 'Choose the host.'],
    [name === '', 'name', 'Give it a name.'],
    [image === '', 'image', 'Name the image.'],
    ...env.map(({ name: own }, at): [boolean, string, string] => [
      own === '' || names.indexOf(own) !== at,
      `env.${at}`,
      own === '' ? 'Give it a name, or take the row away.' : 'It is here twice.',
    ]),
    ...ports.flatMap(({ hostPort, containerPort }, at): [boolean, string, string][] => [
      [!isPort(hostPort), `ports.${at}.host_port`, port],
      [!isPort(containerPort), `ports.${at}.container_port`, port],
    ]),
    ...mounts.flatMap(({ mountId, target }, at): [boolean, string, string][] => [
      [mountId === '', `mounts.${at}.mount_id`, 'Choose the mount.'],
      [target === '', `mounts.${at}.target`, 'Say where it is to be inside.'],
    ]),
  ]
  return new Map(found.flatMap(([isMissing, field, words]) => (isMissing ? [[field, words] as const] : [])))
}
