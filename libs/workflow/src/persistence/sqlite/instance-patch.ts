/** Undoes a patch. */
export type Restore = () => void;

/** Replaces a method of one object, not of its class. */
export const patchInstance = <T extends object, K extends keyof T>(
  target: T,
  name: K,
  replacement: T[K],
): Restore => {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value: replacement, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(target, name, before);
    else Reflect.deleteProperty(target, name);
  };
};
