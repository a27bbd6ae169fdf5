/** What people and tokens may do. */
export const ROLE_CHOICES = [
  { value: 'viewer', label: 'Viewer', detail: 'Sees everything, changes nothing' },
  { value: 'operator', label: 'Operator', detail: 'Makes backends and mounts' },
  { value: 'admin', label: 'Administrator', detail: 'Also hosts, users, tokens and the audit' },
] as const
