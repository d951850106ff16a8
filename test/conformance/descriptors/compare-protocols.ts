import { isDeepStrictEqual } from 'node:util';
import type { Protocol } from './protocol.ts';

/** `package.Service/Method` → why we leave it out. */
export type OmittedProcedures = Readonly<Record<string, string>>;

/**
 * Every way in which `ours` differs from `theirs`, one sentence each; none: they agree.
 * Ours may lack the procedures of `omitted`, and the messages that only those need. Nothing else may be missing, and
 * nothing may be added. An entry of `omitted` that ours has, or that theirs never had, is stale and counts as well.
 */
export function compareProtocols(ours: Protocol, theirs: Protocol, omitted: OmittedProcedures): string[] {
  const excused = messagesOnlyFor(theirs, omitted);
  return [
    ...staleEntries(ours, theirs, omitted),
    ...compareMembers('message', ours.messages, theirs.messages, (name) => excused.has(name)),
    ...compareMembers('enum', ours.enums, theirs.enums, () => false),
    ...compareMembers('service', ours.services, theirs.services, () => false, omitted),
  ];
}

type Members = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function compareMembers(
  kind: string,
  ours: Members,
  theirs: Members,
  mayLack: (name: string) => boolean,
  omittedMembers: OmittedProcedures = {},
): string[] {
  return union(ours, theirs).flatMap((name) => {
    const our = ours[name];
    const their = theirs[name];
    if (their === undefined) return [`${kind} ${name}: ours only`];
    if (our === undefined) return mayLack(name) ? [] : [`${kind} ${name}: missing`];
    return union(our, their).flatMap((member) => {
      if (our[member] === undefined && `${name}/${member}` in omittedMembers) return [];
      return isDeepStrictEqual(our[member], their[member])
        ? []
        : [`${kind} ${name}, ${member}: ours ${show(our[member])}, theirs ${show(their[member])}`];
    });
  });
}

function staleEntries(ours: Protocol, theirs: Protocol, omitted: OmittedProcedures): string[] {
  return Object.keys(omitted).flatMap((entry) => {
    const [service = '', method = ''] = entry.split('/');
    if (theirs.services[service]?.[method] === undefined)
      return [`omitted ${entry}: theirs has no such procedure`];
    return ours.services[service]?.[method] === undefined ? [] : [`omitted ${entry}: ours has it`];
  });
}

/** Messages that omitted procedures need and no other procedure does. */
function messagesOnlyFor(protocol: Protocol, omitted: OmittedProcedures): ReadonlySet<string> {
  const reachable = (wanted: boolean): Set<string> => {
    const found = new Set<string>();
    const visit = (type: string): void => {
      for (const name of type.match(/\.[\w.]+/g) ?? []) {
        const message = name.slice(1);
        if (found.has(message) || protocol.messages[message] === undefined) continue;
        found.add(message);
        for (const field of Object.values(protocol.messages[message])) visit(field.type);
      }
    };
    for (const [service, methods] of Object.entries(protocol.services)) {
      for (const [method, { request, response }] of Object.entries(methods)) {
        if (`${service}/${method}` in omitted === wanted) [request, response].forEach(visit);
      }
    }
    return found;
  };
  return reachable(true).difference(reachable(false));
}

const union = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
