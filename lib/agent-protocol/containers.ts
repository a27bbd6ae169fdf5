import { z } from 'zod'
import { WireId } from '@/lib/agent-protocol/messages'
import { WantedMount } from '@/lib/agent-protocol/workload-mounts'

export const ContainerName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{1,62}$/,
    'Must be 2 to 63 letters, digits, "_", "." and "-", the first a letter or digit.',
  )
/** `[registry/]name[:tag][@digest]`; never an option, and never a path that climbs. */
export const ImageName = z
  .string()
  .regex(
    /^(?=.{1,255}$)[A-Za-z0-9]+(?:[._:-]+[A-Za-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?$/,
    'Must be the name of an image, such as nginx:1.29 or ghcr.io/owner/app:2.',
  )
export const EnvName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/, 'Must be letters, digits, "_", "." and "-".')
const MOST_ENV = 100

/** By name. The values are secrets. */
export const Environment = z
  .record(
    EnvName,
    z
      .string()
      .max(8192, 'Must be at most 8,192 signs.')
      .refine((text) => !text.includes('\0'), 'Must be a text.'),
  )
  .refine((env) => Object.keys(env).length <= MOST_ENV, `Must be at most ${MOST_ENV} variables.`)
export type Environment = z.infer<typeof Environment>

export const RESTARTS = ['no', 'on-failure', 'unless-stopped', 'always'] as const
export const Restart = z.enum(RESTARTS)

const Port = z.int().min(1).max(65_535)
export const PublishedPort = z.strictObject({
  /** Of the host. */
  hostPort: Port,
  containerPort: Port,
  protocol: z.enum(['tcp', 'udp']),
  /** Of the host; null: all of them. */
  address: z.union([z.ipv4(), z.ipv6()]).nullable(),
})
export type PublishedPort = z.infer<typeof PublishedPort>

/** A container that is to be made, without the values of its environment. Everything that is not here is the engine's own default. */
export const NewContainer = z.strictObject({
  target: z.string().max(32),
  name: ContainerName,
  image: ImageName,
  ports: z.array(PublishedPort).max(64),
  restart: Restart,
  mounts: z.array(WantedMount).max(32),
  /** Starts it when it is made. */
  starts: z.boolean(),
})
export type NewContainer = z.infer<typeof NewContainer>

export const ContainerPlanMessage = z.object({
  /** What runs, in order; of the environment the names alone. */
  commands: z.array(z.string()),
  /** What the engine is given, the values of the environment left out. */
  specification: z.string(),
  /** Images that the host has, the first hundred. */
  images: z.array(z.string()),
  notes: z.array(z.string()),
  /** What is in the way. `command`: what helps, to run on the host. */
  refusals: z.array(z.object({ field: z.string(), message: z.string(), command: z.string().nullable() })),
})
export type ContainerPlanMessage = z.infer<typeof ContainerPlanMessage>

export const MadeContainer = z.object({ nativeId: z.string(), workloadId: WireId('workload'), isRunning: z.boolean() })
export type MadeContainer = z.infer<typeof MadeContainer>

/** `volumes`: those without a name of their own that it had, which stay. */
export const RemovedContainer = z.object({ volumes: z.array(z.object({ name: z.string(), inside: z.string() })) })
export type RemovedContainer = z.infer<typeof RemovedContainer>
