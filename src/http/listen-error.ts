/**
 * Why the port could not be opened, as a sentence its operator can act on.
 * @param setting the variable that holds the port
 */
export function listenError(error: unknown, port: number, host: string, setting = 'PORT'): Error {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return new Error(
    sentence(code, port, host, setting) ?? `Port ${port} on ${host} could not be opened (${String(code)}).`,
    {
      cause: error,
    },
  )
}

function sentence(code: unknown, port: number, host: string, setting: string): string | null {
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Stop the other program or set ${setting}.`
  if (code === 'EACCES') return `Port ${port} may not be opened by this user. Set ${setting} to 1024 or above.`
  if (code === 'EADDRNOTAVAIL')
    return `This machine has no address ${host}. Set HOST to one that it has, or to 0.0.0.0.`
  if (code === 'ENOTFOUND') return `The host ${host} is not known. Set HOST to an address of this machine.`
  return null
}
