import { z } from 'zod'
import type { ContainerRestarts, DueContainer } from '@/lib/attach-targets/contract/restarts'
import type { ChangingTargetHost, TargetHost } from '@/lib/attach-targets/contract/target-host'
import { isReplaced } from '@/lib/attach-targets/docker/anew'
import { parseBoundVolumes, parseContainers } from '@/lib/attach-targets/docker/parse-containers'
import { labelOf, NEVER, policyOf, RESTART_LABEL, type RestartPolicy } from '@/lib/attach-targets/docker/restart-label'

const Told = z.object({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  Image: z.string(),
  State: z.object({ Status: z.string(), ExitCode: z.int(), StartedAt: z.string(), FinishedAt: z.string() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
  HostConfig: z.object({ RestartPolicy: z.looseObject({ Name: z.string() }).nullish() }),
})
type Told = z.infer<typeof Told>

export interface EndedContainer {
  policy: RestartPolicy
  exitCode: number
  /** Epoch milliseconds. */
  endedAt: number
  /** Somebody has stopped it. */
  isStopped: boolean
}

/** As Docker's engine decides it for one that ends while the engine runs, and for one that it finds when it starts. */
export function isDue({ policy: { Name }, exitCode, endedAt, isStopped }: EndedContainer, bootedAt: number): boolean {
  if (Name === 'always') return !isStopped || endedAt < bootedAt
  if (isStopped) return false
  return Name === 'unless-stopped' || exitCode !== 0
}

/** All that Docker has with the label, in these states, without what was made anew. */
async function labelled(host: TargetHost, filters: Record<string, string[]> = {}) {
  const query = encodeURIComponent(JSON.stringify({ ...filters, label: [RESTART_LABEL] }))
  const answer = await host.ask('docker', `/containers/json?all=1&filters=${query}`)
  if (answer === null || (Array.isArray(answer) && answer.length === 0)) return []
  const found = parseContainers(answer, parseBoundVolumes(await host.ask('docker', '/volumes')))
  return found.filter(({ name }) => !isReplaced(name))
}

/** Null: it is gone, or its label is that of its image, which nobody here has given it. */
async function look(host: TargetHost, id: string): Promise<(Told & { wanted: RestartPolicy }) | null> {
  const told = Told.safeParse(await host.ask('docker', `/containers/${id}/json`).catch(() => null)).data
  const label = told?.Config.Labels?.[RESTART_LABEL]
  const wanted = policyOf(label)
  if (told === undefined || wanted === null) return null
  const image = z
    .object({ Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish() })
    .safeParse(await host.ask('docker', `/images/${encodeURIComponent(told.Image)}/json`).catch(() => null)).data
  return image?.Config?.Labels?.[RESTART_LABEL] === label ? null : { ...told, wanted }
}

/**
 * Was it stopped by somebody? No answer of the engine has that, only the file in which it keeps what it decides by itself. Where that
 * cannot be read, yes: what somebody has stopped must not come back.
 */
async function isStopped(host: TargetHost, root: string, id: string): Promise<boolean> {
  const Kept = z.object({ HasBeenManuallyStopped: z.boolean() })
  try {
    const { stdout } = await host.run('cat', ['--', `${root}/containers/${id}/config.v2.json`])
    return Kept.parse(JSON.parse(stdout)).HasBeenManuallyStopped
  } catch {
    return true
  }
}

async function update(host: ChangingTargetHost, id: string, policy: RestartPolicy): Promise<void> {
  await host.tell('docker', `/containers/${id}/update`, { body: { RestartPolicy: policy } })
}

/** Each one whose policy, as Docker has it now, is this one: with its own, or with none. */
async function change(host: ChangingTargetHost, from: 'own' | 'none'): Promise<void> {
  for (const { nativeId } of await labelled(host)) {
    const told = await look(host, nativeId)
    if (told === null) continue
    const now = labelOf(told.HostConfig.RestartPolicy)
    if (from === 'own' && now === labelOf(told.wanted)) await update(host, nativeId, NEVER)
    if (from === 'none' && now === null) await update(host, nativeId, told.wanted)
  }
}

export const dockerRestarts: ContainerRestarts = {
  async due(host, bootedAt) {
    const due: DueContainer[] = []
    let root: string | undefined
    for (const found of await labelled(host, { status: ['exited'] })) {
      const told = await look(host, found.nativeId)
      // One to which somebody gave a policy of its own is Docker's.
      if (told === null || told.State.Status !== 'exited' || labelOf(told.HostConfig.RestartPolicy) !== null) continue
      const { wanted, State } = told
      const endedAt = Date.parse(State.FinishedAt)
      const ended = { policy: wanted, exitCode: State.ExitCode, endedAt }
      if (!isDue({ ...ended, isStopped: false }, bootedAt)) continue
      root ??= z.object({ DockerRootDir: z.string() }).parse(await host.ask('docker', '/info')).DockerRootDir
      if (!isDue({ ...ended, isStopped: await isStopped(host, root, found.nativeId) }, bootedAt)) continue
      const mostTries = wanted.MaximumRetryCount ?? null
      due.push({ ...found, endedAt, ranMs: endedAt - Date.parse(State.StartedAt), mostTries })
    }
    return due
  },
  take: (host) => change(host, 'own'),
  giveBack: (host) => change(host, 'none'),
}
