import { mutatedMember, type Mutant } from './mutant.js';

let current: Mutant | undefined;

/** All statements asked for from now on have this mutant in them, or none. */
export function infect(mutant: Mutant | undefined): void {
  current = mutant;
}

/** The statements of a dialect, each as it is when it is asked for. */
export const infected = <S extends object>(dialect: string, statements: S): S =>
  new Proxy(statements, {
    get: (members, name, receiver): unknown => {
      const value: unknown = Reflect.get(members, name, receiver);
      return current?.dialect === dialect && current.statement === name
        ? mutatedMember(current, value)
        : value;
    },
  });
