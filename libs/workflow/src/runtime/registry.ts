/**
 * What is in flight, by name, in the order in which it began. Made for entries that come and go: when
 * a Map makes room, V8 leaves the table it had behind, which leads on to the next one, and what was
 * ever in one of them is kept until a large collection.
 */
export class Registry<T> {
  // No prototype, so that every name is one like any other.
  private entries = Object.create(null) as Record<string, T>;

  get(name: string): T | undefined {
    return this.entries[name];
  }

  has(name: string): boolean {
    return name in this.entries;
  }

  /** @param name not a whole number, which would come before all others */
  set(name: string, entry: T): void {
    this.entries[name] = entry;
  }

  delete(name: string): void {
    delete this.entries[name];
  }

  values(): T[] {
    return Object.values(this.entries);
  }

  clear(): void {
    this.entries = Object.create(null) as Record<string, T>;
  }
}
