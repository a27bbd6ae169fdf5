/** Lines of `virsh --quiet list --uuid --name`: `UUID NAME`, blanks between and around. */
export function parseMachines(text: string): { uuid: string; name: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, uuid, name] = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+(.*?)\s*$/.exec(line) ?? []
    return uuid === undefined || name === undefined ? [] : [{ uuid, name }]
  })
}
