// Checks an export of the audit log with nothing but Node: node verify-audit.mjs EXPORT JWKS_FILE_OR_URL [ROOT_HASH...]
import { ok } from 'node:assert'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'

process.on('uncaughtException', ({ message }) => process.exit(console.log(message) ?? 1))
const [file, jwks = '', ...known] = process.argv.slice(2)
ok(file && jwks, 'say which: node verify-audit.mjs EXPORT JWKS_FILE_OR_URL [ROOT_HASH...]')
const { keys } = JSON.parse(/^https?:/.test(jwks) ? await (await fetch(jwks)).text() : await readFile(jwks, 'utf8'))
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')
const [chains, seen, roots, zeros] = [new Map(), new Map(), new Array(), '0'.repeat(64)]
let [before, marks] = [{ kind: 'entry', chain: '' }, '']
for await (const text of (await open(file)).readLines()) {
  const line = JSON.parse(text)
  const { kind, chain, seq, record, hash, sealed, salt, length, root } = line
  ok(JSON.stringify(line) === text, `this is not how an export is written: ${text.slice(0, 80)}`)
  if (kind === 'entry') {
    const [hashes, said, isErased] = [chains.get(chain) ?? [], JSON.parse(record), sealed === null && salt === null]
    const isNext = seq === hashes.length + 1 && seq === said.seq && said.subject === chain.slice(chain.indexOf(' ') + 1)
    ok(
      isNext && before.kind === kind && before.chain <= chain,
      `${chain}: entry ${hashes.length + 1} is not in its place`,
    )
    const link = sha256('countersign/audit/v1\0', Buffer.from(hashes.at(-1) ?? zeros, 'hex'), record)
    const seal = `sha256:${sha256(`countersign/sealed/v2\0${salt}\0${sealed}`)}`
    ok(hash === link && (isErased || seal === said.sealed), `${chain}: entry ${seq} was changed`)
    chains.set(chain, hashes).get(chain).push(hash)
  } else if (kind === 'mark') {
    ok(chains.get(chain)?.[length - 1] === hash, `${chain}: entry ${length} is not the one that a root has seen`)
    marks = `${before.kind === kind ? marks : ''}${JSON.stringify([chain, length, hash])}\n`
    seen.set(chain, length)
  } else {
    const [head, body, tail] = root.split('.')
    const [header, said] = [head, body].map((part) => JSON.parse(Buffer.from(part, 'base64url')))
    const jwk = keys.find(({ kid }) => kid === header.kid) ?? ok(false, `root ${said.n}: its key is not among these`)
    const [key, signature] = [createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(tail, 'base64url')]
    const isGood = verify(null, Buffer.from(`${head}.${body}`), key, signature) && header.typ === 'countersign-root+jwt'
    ok(isGood && root === `${head}.${body}.${signature.toString('base64url')}`, `root ${said.n}: it was changed`)
    const last = roots.at(-1) ?? { n: said.n - 1, hash: said.n === 1 ? zeros : said.previous }
    ok(said.n === last.n + 1 && said.previous === last.hash, `root ${last.n + 1}: it is missing`)
    ok(said.heads === `sha256:${sha256(marks)}`, `root ${said.n}: what it has seen was changed`)
    roots.push({ ...said, hash: sha256(`countersign/root/v1\0${root}`) })
  }
  before = line
}
ok(before.kind === 'root', 'the export does not end in a root')
for (const [chain, { length }] of chains) ok(seen.get(chain) === length, `${chain}: no root has seen entry ${length}`)
for (const one of known) ok(roots.map(({ hash }) => hash).includes(one), `no root is ${one}, which is known`)
const [{ n: from }, { n, at, hash }] = [roots[0], roots.at(-1)]
console.log(`Nothing is wrong with ${chains.size} chains, under roots ${from} to ${n} of ${at}: ${hash}`)
