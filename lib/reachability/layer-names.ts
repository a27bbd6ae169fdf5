/**
 * What lies between a host and a storage, from the host on. `host`: its agent refuses to look, by its policy or because it is too old.
 * `route`: is there a way at all; that follows from how the connection went.
 */
export const REACH_LAYERS = [
  'host',
  'tools',
  'name',
  'route',
  'tcp',
  'protocol',
  'authentication',
  'target',
  'namespace',
  'mount',
  'capacity',
  'unmount',
] as const
