import { isBuilt, mutatedMember, type Mutant } from './mutant.js';

let current: Mutant | undefined;

const names = new Map<string, string>();

/** All statements asked for from now on have this mutant in them, or none. */
export function infect(mutant: Mutant | undefined): void {
  current = mutant;
}

/** The statements that have been handed out, by their texts, with their mutants in them. */
export const handedOut: ReadonlyMap<string, string> = names;

/** The statements of a dialect, each as it is when it is asked for. */
export const infected = <S extends object>(dialect: string, statements: S): S =>
  new Proxy(statements, {
    get: (members, name, receiver): unknown => {
      const value: unknown = Reflect.get(members, name, receiver);
      const given =
        current?.dialect === dialect && current.statement === name
          ? mutatedMember(current, value)
          : value;
      return remembered(String(name), given);
    },
  });

function remembered(name: string, given: unknown): unknown {
  if (typeof given === 'string') names.set(given, name);
  if (typeof given !== 'function') return given;
  return (...parameters: readonly unknown[]): unknown => {
    const answer = (given as (...parameters: readonly unknown[]) => unknown)(...parameters);
    if (isBuilt(answer)) names.set(answer.sql, name);
    return answer;
  };
}
